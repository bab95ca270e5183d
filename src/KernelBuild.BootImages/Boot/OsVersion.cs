using System.Globalization;
using System.Text.RegularExpressions;
using KernelBuild.Diagnostics;

namespace KernelBuild.BootImages.Boot;

/// <summary>
/// The <c>os_version</c> field: Android version A.B.C and security patch level in one 32-bit word. The word is kept as it is, so that
/// values no tool would write (month 0, month 15) survive. Bits: A 31–25, B 24–18, C 17–11, year minus 2000 10–4, month 3–0.
/// </summary>
/// <param name="Raw">The word of the header.</param>
public readonly partial record struct OsVersion(uint Raw)
{
    private const int FieldLimit = 128;
    private const int FirstYear = 2000;

    public int Major => (int)(Raw >> 25);

    public int Minor => (int)(Raw >> 18) & 0x7f;

    public int Patch => (int)(Raw >> 11) & 0x7f;

    /// <summary>Year of the patch level, 2000 to 2127; 2000 also when none is set.</summary>
    public int PatchYear => FirstYear + ((int)(Raw >> 4) & 0x7f);

    /// <summary>Month of the patch level: 1 to 12 when valid, 0 when none is set.</summary>
    public int PatchMonth => (int)Raw & 0xf;

    /// <summary>True when the patch level is absent or a month of the calendar.</summary>
    public bool IsValid => (Raw & 0x7ff) == 0 || PatchMonth is >= 1 and <= 12;

    /// <summary>"14.0.0"; null when the field holds no version.</summary>
    public string? VersionText => Raw >> 11 == 0 ? null : string.Create(CultureInfo.InvariantCulture, $"{Major}.{Minor}.{Patch}");

    /// <summary>"2024-05"; null when the field holds no patch level.</summary>
    public string? PatchLevelText =>
        (Raw & 0x7ff) == 0 ? null : string.Create(CultureInfo.InvariantCulture, $"{PatchYear}-{PatchMonth:00}");

    /// <summary>Builds the word from the texts that mkbootimg's <c>--os_version</c> and <c>--os_patch_level</c> take.</summary>
    /// <param name="version">"14", "14.0" or "14.0.0", each number below 128; null or empty for none.</param>
    /// <param name="patchLevel">"2024-05" or "2024-05-05" (the day is not stored); null or empty for none.</param>
    /// <exception cref="DiagnosticException">KB5003: a text has another form, or a number does not fit.</exception>
    public static OsVersion Parse(string? version, string? patchLevel) => new(ParseVersion(version) << 11 | ParsePatchLevel(patchLevel));

    /// <summary>
    /// The word as mkbootimg makes it of any texts: a version or a patch level is what the text starts with, and a text that starts with none
    /// is stored as 0. Source: AOSP, mkbootimg.py, <c>parse_os_version</c> and <c>parse_os_patch_level</c>.
    /// </summary>
    /// <param name="version">"14", "1.2.3.4" (1.2.3), "R" (0); null for none.</param>
    /// <param name="patchLevel">"2024-05-05", "2024-05x" (2024-05), "x" (0); null for none.</param>
    /// <exception cref="DiagnosticException">KB5003: a number does not fit into its bits, at which mkbootimg breaks off, too.</exception>
    public static OsVersion ParseLikeMkbootimg(string? version, string? patchLevel)
    {
        var v = VersionPrefix().Match(version ?? "");
        var p = PatchLevelPrefix().Match(patchLevel ?? "");
        return Parse(v.Value, p.Success ? $"{p.Groups[1].Value}-{p.Groups[2].Value}" : null);
    }

    [GeneratedRegex(@"^[0-9]{1,3}(?:\.[0-9]{1,3}(?:\.[0-9]{1,3})?)?", RegexOptions.CultureInvariant)]
    private static partial Regex VersionPrefix();

    [GeneratedRegex("^([0-9]{4})-([0-9]{2})(?:-[0-9]{2})?", RegexOptions.CultureInvariant)]
    private static partial Regex PatchLevelPrefix();

    private static uint ParseVersion(string? text)
    {
        if (string.IsNullOrEmpty(text))
        {
            return 0;
        }

        var parts = text.Split('.');
        uint version = 0;
        for (var i = 0; i < 3; i++)
        {
            var number = 0;
            if (parts.Length > 3 || (i < parts.Length && !TryNumber(parts[i], out number)) || number >= FieldLimit)
            {
                throw Invalid(
                    $"OS version \"{text}\" is not one to three numbers below {FieldLimit} with dots between", "write it like 14.0.0");
            }

            version = version << 7 | (uint)number;
        }

        return version;
    }

    private static uint ParsePatchLevel(string? text)
    {
        if (string.IsNullOrEmpty(text))
        {
            return 0;
        }

        var parts = text.Split('-');
        if (parts.Length is not (2 or 3)
            || !TryNumber(parts[0], out var year) || year is < FirstYear or >= FirstYear + FieldLimit
            || !TryNumber(parts[1], out var month) || month is < 1 or > 12
            || (parts.Length == 3 && (!TryNumber(parts[2], out var day) || day is < 1 or > 31)))
        {
            throw Invalid($"OS patch level \"{text}\" is not a year and month from 2000-01 to 2127-12", "write it like 2024-05");
        }

        return (uint)((year - FirstYear) << 4 | month);
    }

    private static bool TryNumber(string text, out int number) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);

    private static DiagnosticException Invalid(string message, string fix) =>
        new(Diagnostic.Error(DiagnosticCodes.BootImageHeaderInvalid, message, fix));
}
