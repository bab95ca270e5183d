using System.Globalization;
using System.Text.RegularExpressions;

namespace KernelBuild.Iommu.Capturing;

/// <summary>
/// Groups that Linux had formed, in the forms in which people list them: <c>find /sys/kernel/iommu_groups -type l</c>, links of
/// iommu_group, dmesg's "Adding to iommu group", and the lines "IOMMU Group 3:" of the usual shell scripts.
/// </summary>
internal sealed partial class RecordedGroupText
{
    private readonly Dictionary<string, int> _groups = new(StringComparer.Ordinal);
    private int? _heading;
    private bool _hasIndentedMembers;

    /// <summary>By the device's name in sysfs, or its address as it was written.</summary>
    public IReadOnlyDictionary<string, int> Groups => _groups;

    /// <summary>The first device that two lists have in different groups; a log, where devices come and go, is no list.</summary>
    public (string Device, int First, int Second)? Contradiction { get; private set; }

    /// <summary>Whether the line lists a device of a group, or the group, and nothing else.</summary>
    public bool TryLine(string line)
    {
        // a line without a word of these is none, and the patterns need not look at a long one
        if (!line.Contains("group", StringComparison.OrdinalIgnoreCase) || line.TrimStart().StartsWith("IOMMU group: ",
            StringComparison.Ordinal))
        {
            return false;
        }

        if (AddingPattern().Match(line) is { Success: true } adding)
        {
            return Add(adding.Groups["device"].Value, adding.Groups["group"].Value, isEvent: true);
        }

        if (RemovingPattern().Match(line) is { Success: true } removing)
        {
            _groups.Remove(removing.Groups["device"].Value);
            return true;
        }

        if (FolderPattern().Match(line) is { Success: true } folder)
        {
            return Add(folder.Groups[2].Value, folder.Groups[1].Value);
        }

        if (LinkPattern().Match(line) is { Success: true } link)
        {
            return Add(link.Groups[1].Value, link.Groups[2].Value);
        }

        if (HeadingPattern().Match(line) is { Success: true } heading
            && int.TryParse(heading.Groups[1].Value, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            _heading = number;
            _hasIndentedMembers = false;
            return true;
        }

        return false;
    }

    /// <summary>The group of a device whose title follows a heading or stands in its line.</summary>
    /// <param name="before">What stands before the address: spaces, or the heading itself.</param>
    public int? OfTitle(string before)
    {
        if (InlinePattern().Match(before) is { Success: true } inline)
        {
            _heading = null;
            return int.TryParse(inline.Groups[1].Value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
        }

        // the members of a script's list are indented: a title at the margin after them is another list's
        var isIndented = before.Length > 0;
        if (_hasIndentedMembers && !isIndented)
        {
            _heading = null;
        }

        _hasIndentedMembers |= isIndented;
        return _heading;
    }

    private bool Add(string device, string group, bool isEvent = false)
    {
        if (int.TryParse(group, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            if (!isEvent && _groups.TryGetValue(device, out var first) && first != number)
            {
                Contradiction ??= (device, first, number);
            }

            _groups[device] = number;
        }

        return true;
    }

    /// <summary>iommu_group_add_device, since 5.1 by the device and before with "iommu: " in front.</summary>
    [GeneratedRegex(@"(?<!\S)(?:(?<device>\S{1,256}): Adding to iommu group|iommu: Adding device (?<device>\S{1,256}) to group) (?<group>\d+)")]
    private static partial Regex AddingPattern();

    [GeneratedRegex(@"(?<!\S)(?:(?<device>\S{1,256}): Removing from iommu group|iommu: Removing device (?<device>\S{1,256}) from group) \d+")]
    private static partial Regex RemovingPattern();

    [GeneratedRegex(@"iommu_groups/(\d+)/devices/([^\s/'""]+)")]
    private static partial Regex FolderPattern();

    [GeneratedRegex(@"(?<=/|^|\s)([^\s/]{1,256})/iommu_group\b.*iommu_groups/(\d+)\b")]
    private static partial Regex LinkPattern();

    [GeneratedRegex(@"^[\s#*=-]*(?:IOMMU[ _])?group[ :#]*(\d+)[\s:#*=-]*$", RegexOptions.IgnoreCase)]
    private static partial Regex HeadingPattern();

    [GeneratedRegex(@"(?:IOMMU[ _])?group[ :#]*(\d+)\b", RegexOptions.IgnoreCase)]
    private static partial Regex InlinePattern();
}
