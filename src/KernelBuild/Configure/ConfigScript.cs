using KernelBuild.BuildConfigs;
using KernelBuild.Device;

namespace KernelBuild.Configure;

/// <summary>Calls of the kernel's scripts/config and scripts/kconfig/merge_config.sh, as a build.config made them.</summary>
internal static class ConfigScript
{
    /// <summary>
    /// What calls of scripts/config ask for. The script takes names with and without CONFIG_, unless --keep-case does not matter to it:
    /// it turns them to upper case.
    /// </summary>
    /// <param name="file">Named in findings.</param>
    public static IEnumerable<ConfigRequest> Requests(IEnumerable<GuardedCommand> commands, string file) => commands
        .Where(command => command.IsRun && command.Words[0].EndsWith("/scripts/config", StringComparison.Ordinal))
        .SelectMany(command => Requests([.. command.Words.Skip(1)], file));

    /// <summary>The call as one could type it below the kernel's top.</summary>
    public static string Text(DeviceBuild device, GuardedCommand command) => string.Join(' ', command.Words)
        .Replace(device.KernelRoot + "/", "", StringComparison.Ordinal)
        .Replace(Path.Combine(device.Folders.Shadow, device.KernelFolder).TrimEnd('/') + "/", "", StringComparison.Ordinal)
        .Replace(device.Folders.Work + "/", "", StringComparison.Ordinal);

    private static IEnumerable<ConfigRequest> Requests(string[] words, string file)
    {
        for (var at = 0; at < words.Length; at++)
        {
            string Next() => at + 1 < words.Length ? words[++at] : "";
            ConfigRequest Request(string name, string value)
            {
                var symbol = name.StartsWith("CONFIG_", StringComparison.Ordinal) ? name : "CONFIG_" + name.ToUpperInvariant();
                return new ConfigRequest(symbol, value, file, 0);
            }

            switch (words[at])
            {
                case "-e" or "--enable":
                    yield return Request(Next(), "y");
                    break;
                case "-d" or "--disable":
                    yield return Request(Next(), "n");
                    break;
                case "-m" or "--module":
                    yield return Request(Next(), "m");
                    break;
                case "--set-val":
                    yield return Request(Next(), Next());
                    break;
                case "--set-str":
                    yield return Request(Next(), '"' + Next() + '"');
                    break;
                case "--file" or "-u" or "--undefine" or "-s" or "--state":
                    Next();
                    break;
            }
        }
    }
}
