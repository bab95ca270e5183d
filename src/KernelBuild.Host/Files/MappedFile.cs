using System.Buffers;
using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;
using KernelBuild.Compression.Memory;
using KernelBuild.Diagnostics;
using Microsoft.Win32.SafeHandles;

namespace KernelBuild.Host.Files;

/// <summary>
/// A file as memory, without a copy: a partition's image is mostly fill, and of the rest each command reads what it needs. It stays mapped
/// until the process ends, which for a command is soon; files that are written get a new name first, so that nothing mapped ever changes.
/// </summary>
internal sealed unsafe partial class MappedFile : MemoryManager<byte>, IBackedMemory
{
    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private readonly byte* _start;
    private readonly int _length;
    private readonly SafeFileHandle _handle;

    public MappedFile(SafeFileHandle handle, int length)
    {
        _file = MemoryMappedFile.CreateFromFile(
            handle, null, length, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: false);
        _view = _file.CreateViewAccessor(0, length, MemoryMappedFileAccess.Read);
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref _start);
        _length = length;
        _handle = handle;
    }

    public override Span<byte> GetSpan() => new(_start, _length);

    public override MemoryHandle Pin(int elementIndex = 0) => new(_start + elementIndex);

    public override void Unpin()
    {
        // mapped memory does not move
    }

    /// <summary>The pages are mapped in one go: a fault for each few of them costs more than reading what is in them.</summary>
    // MADV_POPULATE_READ, Linux 5.14; an older one refuses, and faults
    public void Prepare(int start, int length) => Advise(start, length, 22);

    /// <summary>
    /// The pages leave the process; the system may keep them in its cache, and reads them again when somebody looks at them.
    /// </summary>
    // MADV_DONTNEED; of a mapping that is only read, it loses nothing
    public void Release(int start, int length) => Advise(start, length, 4);

    /// <inheritdoc/>
    /// <exception cref="DiagnosticException">KB9012: somebody made the file shorter, or the disk does not give it.</exception>
    public void Read(int start, Span<byte> buffer)
    {
        try
        {
            for (var done = 0; done < buffer.Length;)
            {
                var count = RandomAccess.Read(_handle, buffer[done..], (long)start + done);
                done += count > 0 ? count : throw new EndOfStreamException();
            }
        }
        catch (IOException exception)
        {
            throw new DiagnosticException(
                Diagnostic.Error(
                    DiagnosticCodes.FileUnreadable, $"a file could not be read to its end ({exception.GetType().Name})",
                    "check the disk, and that nothing writes to the file"),
                exception);
        }
    }

    private void Advise(int start, int length, int advice)
    {
        if (OperatingSystem.IsLinux())
        {
            // whole pages only: what lies on the edge belongs to the neighbour too
            var first = (start + Environment.SystemPageSize - 1) / Environment.SystemPageSize * Environment.SystemPageSize;
            var end = start + length == _length ? _length : (start + length) / Environment.SystemPageSize * Environment.SystemPageSize;
            if (end > first)
            {
                _ = Advise(_start + first, (nuint)(end - first), advice); // advice only: a refusal costs memory or time, nothing else
            }
        }
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static partial int Advise(byte* start, nuint length, int advice);

    protected override void Dispose(bool disposing)
    {
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _file.Dispose();
    }
}
