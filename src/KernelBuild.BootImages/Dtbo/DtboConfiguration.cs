using System.Collections.Immutable;

namespace KernelBuild.BootImages.Dtbo;

/// <summary>
/// A configuration file of mkdtboimg's cfg_create: options of the whole image, then a file name at the start of a line for each
/// overlay with its options, NAME=VALUE, on the lines below it. '#' starts a comment.
/// Source: AOSP, system/libufdt/utils/README.md.
/// </summary>
/// <param name="Globals">Options before the first file; those of entries are their defaults there.</param>
/// <param name="Files">In order.</param>
public sealed record DtboConfiguration(ImmutableDictionary<string, string> Globals, ImmutableArray<DtboConfigurationFile> Files)
{
    public static DtboConfiguration Parse(string text)
    {
        var globals = ImmutableDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        var files = new List<(string Name, ImmutableDictionary<string, string>.Builder Options)>();
        foreach (var line in text.Split('\n').Select(line => line.Split('#')[0].TrimEnd()).Where(line => line.Length > 0))
        {
            var split = line.IndexOf('=', StringComparison.Ordinal);
            if (split < 0 && !char.IsWhiteSpace(line[0]))
            {
                files.Add((line, globals.ToImmutable().ToBuilder()));
            }
            else if (split > 0)
            {
                (files.Count == 0 ? globals : files[^1].Options)[line[..split].Trim()] = line[(split + 1)..].Trim();
            }
        }

        return new DtboConfiguration(
            globals.ToImmutable(), [.. files.Select(file => new DtboConfigurationFile(file.Name, file.Options.ToImmutable()))]);
    }
}

/// <param name="Name">As the file has it, relative to the folder that mkdtboimg gets with --dtb-dir.</param>
/// <param name="Options">id, rev, flags, custom0 to custom3; with those of the whole image.</param>
public sealed record DtboConfigurationFile(string Name, ImmutableDictionary<string, string> Options);
