using System.Text;

namespace KernelBuild.EndToEnd.Tests.Infra.Patches;

/// <summary>The difference of two kernels, cut by folder into patches.</summary>
internal static class CutPatches
{
    /// <summary>Folders whose differences are of every kind: new, deleted and moved files, long and short hunks, binary ones too.</summary>
    private static readonly string[] Areas =
    [
        "drivers/pci", "drivers/iommu", "drivers/net/ethernet", "drivers/usb", "drivers/i2c", "drivers/gpio", "drivers/media", "drivers/clk",
        "fs", "kernel", "mm", "net", "sound", "arch/arm64", "arch/x86", "arch/riscv", "tools/perf", "Documentation", "include", "scripts", "lib",
    ];

    /// <param name="options">More options of git diff, such as -M.</param>
    /// <returns>Folder and diff, in the order of git's.</returns>
    public static async Task<IReadOnlyList<(string Folder, byte[] Diff)>> OfAsync(KernelPair pair, params string[] options)
    {
        using var whole = new MemoryStream();
        await (pair.Store.Git(["diff", "--full-index", "--binary", "--no-renames", .. options, pair.Old.ToString(), pair.New.ToString(), "--", .. Areas]) with
        {
            OutputConsumer = (stream, token) => stream.CopyToAsync(whole, token),
        }).RunAsync(CancellationToken.None);
        var text = whole.GetBuffer().AsMemory(0, (int)whole.Length);
        var folders = new Dictionary<string, MemoryStream>(StringComparer.Ordinal);
        foreach (var (folder, diff) in Files(text))
        {
            folders.TryAdd(folder, new MemoryStream());
            folders[folder].Write(diff.Span);
        }

        return [.. folders.Select(pair => (pair.Key, pair.Value.ToArray()))];
    }

    private static IEnumerable<(string Folder, ReadOnlyMemory<byte> Diff)> Files(ReadOnlyMemory<byte> text)
    {
        var start = 0;
        while (start < text.Length)
        {
            var next = text.Span[(start + 1)..].IndexOf("\ndiff --git "u8);
            var end = next < 0 ? text.Length : start + next + 2;
            var diff = text[start..end];
            var line = Encoding.UTF8.GetString(diff.Span[..diff.Span.IndexOf((byte)'\n')]);
            var name = line[(line.LastIndexOf(" b/", StringComparison.Ordinal) + 3)..];
            yield return (name.Contains('/', StringComparison.Ordinal) ? name[..name.LastIndexOf('/')] : "", diff);
            start = end;
        }
    }
}
