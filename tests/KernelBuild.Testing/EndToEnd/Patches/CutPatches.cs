using System.Globalization;
using System.Text;
using KernelBuild.Patches.Series;

namespace KernelBuild.Testing.EndToEnd.Patches;

/// <summary>The difference of two kernels, cut by folder into patches.</summary>
public static class CutPatches
{
    /// <summary>Folders whose differences are of every kind: new, deleted and moved files, long and short hunks, binary ones too.</summary>
    private static readonly string[] Areas =
    [
        "drivers/pci", "drivers/iommu", "drivers/net/ethernet", "drivers/usb", "drivers/i2c", "drivers/gpio", "drivers/media",
        "drivers/clk",
        "fs", "kernel", "mm", "net", "sound", "arch/arm64", "arch/x86", "arch/riscv", "tools/perf", "Documentation", "include", "scripts",
        "lib",
    ];

    /// <param name="options">More options of git diff, such as -M.</param>
    /// <returns>Folder and diff, in the order of git's.</returns>
    public static async Task<IReadOnlyList<(string Folder, byte[] Diff)>> OfAsync(KernelPair pair, params string[] options)
    {
        using var whole = new MemoryStream();
        await (pair.Store.Git([
            "diff", "--full-index", "--binary", "--no-renames", .. options, pair.Old.ToString(), pair.New.ToString(), "--", .. Areas,
        ]) with
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

    /// <summary>Writes patches as mails into a folder with a file "series".</summary>
    public static IReadOnlyList<PatchFile> WriteSeries(IEnumerable<(string Folder, byte[] Diff)> cut, string folder, int count)
    {
        var files = new List<PatchFile>();
        foreach (var (name, diff) in cut.Take(count))
        {
            var number = files.Count + 1;
            var file = string.Create(CultureInfo.InvariantCulture, $"{number:0000}-{name.Replace('/', '-')}.patch");
            var minute = string.Create(CultureInfo.InvariantCulture, $"{12 + (number / 60)}:{number % 60:00}");
            var mail = Encoding.UTF8.GetBytes(
                $"From: Jörg Müller <j@example.org>\nDate: Mon, 1 Jun 2026 {minute}:00 +0200\nSubject: [PATCH {number}/{count}] {name}: as "
                + $"of the newer kernel\n\nCut from the difference of two kernels.\n---\n");
            File.WriteAllBytes(Path.Combine(folder, file), [.. mail, .. diff]);
            files.Add(new PatchFile(file, Path.Combine(folder, file), 1));
        }

        File.WriteAllText(Path.Combine(folder, "series"), string.Concat(files.Select(patch => patch.Name + "\n")));
        return files;
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
