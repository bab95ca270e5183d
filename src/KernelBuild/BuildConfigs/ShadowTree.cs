using KernelBuild.Device;

namespace KernelBuild.BuildConfigs;

/// <summary>
/// A view of the work tree for commands of a build.config, which write their defconfigs into arch/ARCH/configs: those files are copies,
/// everything else is a link. So the work tree stays what its commit says, whatever is written or removed.
/// </summary>
internal static class ShadowTree
{
    /// <summary>Makes the view anew.</summary>
    /// <param name="aliases">
    /// Further names of the kernel's folder, such as common: files of AOSP say them where the source is the kernel alone. One that the
    /// source has is left out.
    /// </param>
    public static void Make(DeviceBuild device, params IEnumerable<string> aliases)
    {
        var shadow = device.Folders.Shadow;
        if (Directory.Exists(shadow))
        {
            Directory.Delete(shadow, recursive: true);
        }

        var kernel = Path.Combine(shadow, device.KernelFolder).TrimEnd('/');
        string[] open = [kernel, Path.Combine(kernel, "arch"), Path.Combine(kernel, "arch", device.Architecture)];
        LinkInto(device.Folders.Tree, shadow, path => open.Any(folder => folder == path || folder.StartsWith(path + "/",
            StringComparison.Ordinal)),
            Path.Combine(kernel, "arch", device.Architecture, "configs"));
        foreach (var alias in aliases.Where(alias => !Path.Exists(Path.Combine(shadow, alias))))
        {
            var link = Path.Combine(shadow, alias);
            Directory.CreateDirectory(Path.GetDirectoryName(link)!);
            Directory.CreateSymbolicLink(link, Path.GetRelativePath(Path.GetDirectoryName(link)!, kernel));
        }
    }

    /// <param name="isOpen">Folders that are folders, for something below them is.</param>
    /// <param name="copied">The folder whose files are copies.</param>
    private static void LinkInto(string tree, string shadow, Func<string, bool> isOpen, string copied)
    {
        Directory.CreateDirectory(shadow);
        foreach (var entry in new DirectoryInfo(tree).EnumerateFileSystemInfos())
        {
            var path = Path.Combine(shadow, entry.Name);
            var isFolder = entry is DirectoryInfo && entry.LinkTarget is null;
            if (isFolder && path == copied)
            {
                Copy(entry.FullName, path);
            }
            else if (isFolder && isOpen(path))
            {
                LinkInto(entry.FullName, path, isOpen, copied);
            }
            else
            {
                File.CreateSymbolicLink(path, entry.FullName);
            }
        }
    }

    private static void Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var entry in new DirectoryInfo(from).EnumerateFileSystemInfos())
        {
            var path = Path.Combine(to, entry.Name);
            if (entry is DirectoryInfo && entry.LinkTarget is null)
            {
                Copy(entry.FullName, path);
            }
            else if (File.Exists(entry.FullName))
            {
                File.Copy(entry.FullName, path);
            }
        }
    }
}
