using KernelBuild.Device;
using KernelBuild.Host.Files;

namespace KernelBuild.Configure;

/// <summary>The project's key for modules: kbuild signs with the file that CONFIG_MODULE_SIG_KEY names, below its output folder.</summary>
public static class SigningKey
{
    public const string Symbol = "CONFIG_MODULE_SIG_KEY";

    /// <summary>Relative to the output folder, so that .config and an Image with IKCONFIG hold no path of this checkout.</summary>
    private const string Name = "certs/project_signing_key.pem";

    /// <summary>What the configuration must say; none without a key.</summary>
    public static IEnumerable<ConfigRequest> Requests(DeviceBuild device) => device.ModuleSigningKey is null
        ? []
        : [new ConfigRequest(Symbol, $"\"{Name}\"", device.ProjectFile, 0)];

    /// <summary>Puts the key where kbuild looks for it, readable for the owner alone; takes it away when the project has none.</summary>
    /// <exception cref="KernelBuild.Diagnostics.DiagnosticException">KB9012: the file is not there.</exception>
    public static void Place(DeviceBuild device)
    {
        var file = Path.Combine(device.Folders.Output, Name);
        if (device.ModuleSigningKey is not { } key)
        {
            if (File.Exists(file))
            {
                File.Delete(file);
            }

            return;
        }

        var content = InputFile.Read(key);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        if (!File.Exists(file) || !content.Span.SequenceEqual(File.ReadAllBytes(file)))
        {
            // kbuild's rules compare times: only a new key makes modules be signed again
            File.WriteAllBytes(file, []);
            File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            File.WriteAllBytes(file, content.ToArray());
        }
    }
}
