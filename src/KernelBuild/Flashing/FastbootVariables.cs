using System.Collections.Immutable;
using System.Globalization;

namespace KernelBuild.Flashing;

/// <summary>What a bootloader says of itself. Source of the names: AOSP, system/core/fastboot/README.md; vendors have more.</summary>
public sealed record FastbootVariables(ImmutableSortedDictionary<string, string> Values)
{
    private const string InfoPrefix = "(bootloader) ";

    /// <summary>Names that have a part of their own behind a colon, such as <c>partition-size:boot_a</c>.</summary>
    private static readonly string[] _withArgument =
    [
        "partition-size", "partition-type", "has-slot", "slot-successful", "slot-unbootable", "slot-retry-count",
        "slot-suffixes", "is-logical",
    ];

    public static FastbootVariables Empty { get; } = new(ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal));

    public string? this[string name] => Values.GetValueOrDefault(name);

    public string? Product => this["product"];

    /// <summary>Of the device; empty when it has none.</summary>
    public string SerialNumber => this["serialno"] ?? "";

    /// <summary>a or b; null when the device has no slots or does not say which runs.</summary>
    public string? CurrentSlot => this["current-slot"]?.TrimStart('_').ToLowerInvariant() is var slot && slot is "a" or "b" ? slot : null;

    public bool HasSlots => CurrentSlot is not null
        || (int.TryParse(this["slot-count"], NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count > 1);

    /// <summary>fastbootd, which runs in Android's recovery, instead of the bootloader.</summary>
    public bool IsUserspace => IsYes(this["is-userspace"]) == true;

    /// <summary>
    /// Null when the bootloader does not tell. Beside AOSP's <c>unlocked</c>: <c>device-state</c> of Google, <c>securestate</c> of
    /// Motorola,
    /// <c>lock-state</c>, and the state of verified boot, which is green or yellow on a locked device and orange on an unlocked one.
    /// </summary>
    public bool? IsUnlocked => IsYes(this["unlocked"])
        ?? StateOf(this["device-state"]) ?? StateOf(this["securestate"]) ?? StateOf(this["lock-state"]) ?? this["verifiedbootstate"] switch
        {
            "orange" => true,
            "green" or "yellow" => false,
            _ => null,
        };

    /// <summary>Whether the bootloader gives partitions out, and the program fastboot asks for them: <c>fetch</c>.</summary>
    public bool CanFetch => !HostLacksFetch && LimitOf(this["max-fetch-size"]) > 0;

    /// <summary>The bootloader gives partitions out, and this host's fastboot has no command for it.</summary>
    public bool HostLacksFetch { get; init; }

    /// <summary>
    /// Bytes that the bootloader takes in one piece; null when it does not tell. <c>fastboot flash</c> sends what is longer in several sparse
    /// images, <c>fastboot boot</c> cannot.
    /// </summary>
    public long? MaxDownload => LimitOf(this["max-download-size"]) is > 0 and var limit ? limit : null;

    /// <summary>What it tells of verified boot, for people.</summary>
    public IEnumerable<string> VerifiedBoot => Values
        .Where(pair => ((string[])["avb", "vbmeta", "verity", "verifiedboot"])
            .Any(word => pair.Key.Contains(word, StringComparison.Ordinal)))
        .Where(pair => !_withArgument.Any(name => pair.Key.StartsWith(name, StringComparison.Ordinal)))
        .Select(pair => $"{pair.Key}: {pair.Value}");

    /// <summary>Whether a partition has slots; null when that is not told.</summary>
    public bool? HasSlot(string partition) => IsYes(this["has-slot:" + partition]);

    /// <summary>Bytes of a partition; null when that is not told.</summary>
    public long? SizeOf(string partition) => NumberOf(this["partition-size:" + partition]);

    public FastbootVariables With(string name, string? value) => value is null ? this : this with { Values = Values.SetItem(name, value) };

    /// <summary>The output of <c>fastboot getvar all</c>: lines "(bootloader) NAME: VALUE".</summary>
    public static FastbootVariables Parse(IEnumerable<string> lines)
    {
        var values = Empty.Values.ToBuilder();
        foreach (var line in lines)
        {
            var text = line.StartsWith(InfoPrefix, StringComparison.Ordinal) ? line[InfoPrefix.Length..] : "";
            var colon = text.IndexOf(':', StringComparison.Ordinal);
            if (colon > 0 && _withArgument.Contains(text[..colon]))
            {
                colon = text.IndexOf(':', colon + 1);
            }

            if (colon > 0 && text[(colon + 1)..].Trim() is { Length: > 0 } value)
            {
                values[text[..colon].Trim()] = value;
            }
        }

        return new FastbootVariables(values.ToImmutable());
    }

    private static bool? IsYes(string? value) => value?.ToLowerInvariant() switch
    {
        "yes" or "true" or "1" => true,
        "no" or "false" or "0" => false,
        _ => null,
    };

    private static bool? StateOf(string? state) => state is null ? null
        : state.Contains("unlocked", StringComparison.OrdinalIgnoreCase) ? true
        : state.Contains("locked", StringComparison.OrdinalIgnoreCase) ? false
        : null;

    /// <summary>
    /// A limit as fastboot itself reads it: decimal, or hexadecimal with 0x. Source: AOSP, system/libbase, ParseUint.
    /// </summary>
    private static long? LimitOf(string? text) => text?.StartsWith("0x", StringComparison.OrdinalIgnoreCase) == true
        ? NumberOf(text)
        : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    /// <summary>Hexadecimal with 0x, as AOSP has it; some bootloaders leave the 0x out of it.</summary>
    private static long? NumberOf(string? text)
    {
        var digits = text?.StartsWith("0x", StringComparison.OrdinalIgnoreCase) == true ? text[2..] : text;
        return long.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var number) && number >= 0
            ? number
            : null;
    }
}
