using System.Globalization;
using KernelBuild.Host.Files;

namespace KernelBuild.Variants;

/// <summary>
/// A work tree and output folder for one cell at a time. Cells of a device that follow each other in a lane compile only what differs.
/// The lock is the kernel's: a crash releases it.
/// </summary>
public sealed class Lane : IDisposable
{
    private readonly FileStream _lock;

    private Lane(string name, FileStream file)
    {
        Name = name;
        _lock = file;
    }

    /// <summary>The variant's name under .work/ and artifacts/.</summary>
    public string Name { get; }

    /// <summary>The first lane of a device that nobody is in.</summary>
    /// <param name="machine">Part of the name where several machines share the folder; empty for none.</param>
    public static Lane Take(MatrixFolders folders, string device, string machine)
    {
        Directory.CreateDirectory(folders.Lanes);
        for (var number = 1; ; number++)
        {
            var name = string.Create(CultureInfo.InvariantCulture, $"{device}.lane-{(machine.Length > 0 ? machine + "-" : "")}{number}");
            try
            {
                return new Lane(name, new FileStream(
                    Path.Combine(folders.Lanes, name), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0));
            }
            catch (IOException e) when (FolderLock.IsHeld(e))
            {
                // the next one
            }
        }
    }

    public void Dispose() => _lock.Dispose();
}
