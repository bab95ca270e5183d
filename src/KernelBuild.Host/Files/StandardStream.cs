using System.Runtime.InteropServices;
using System.Text;
using KernelBuild.Diagnostics;

namespace KernelBuild.Host.Files;

/// <summary>
/// Standard output or standard error, written by write(2) and nothing else. System.Console loads and prepares what reading keys and
/// moving the cursor need, 17 ms of a process that lives for 80. A FileStream would keep an offset of its own, and write over what
/// standard error wrote to the same file.
/// </summary>
public sealed unsafe partial class StandardStream : Stream
{
    private const int OutputDescriptor = 1;
    private const int ErrorDescriptor = 2;

    private readonly int _descriptor;

    private StandardStream(int descriptor) => _descriptor = descriptor;

    /// <inheritdoc/>
    public override bool CanRead => false;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => true;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    /// <summary>Writes UTF-8 to standard output; every call reaches the system before it returns.</summary>
    public static TextWriter OpenOutput() => OpenWriter(OutputDescriptor);

    /// <summary>The same for standard error.</summary>
    public static TextWriter OpenError() => OpenWriter(ErrorDescriptor);

    private static TextWriter OpenWriter(int descriptor)
    {
        if (OperatingSystem.IsWindows())
        {
            return descriptor == OutputDescriptor ? Console.Out : Console.Error;
        }

        return new StreamWriter(
            new StandardStream(descriptor), new UTF8Encoding(encoderShouldEmitUTF8Identifier: false),
            bufferSize: 4096) { AutoFlush = true };
    }

    /// <inheritdoc/>
    /// <exception cref="DiagnosticException">KB1012: what is behind standard output is full. KB9012: it cannot be written.</exception>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        const int interrupted = 4;
        const int brokenPipe = 32;
        const int wouldBlock = 11;
        const int wouldBlockOnMac = 35;
        fixed (byte* start = buffer)
        {
            for (var written = 0; written < buffer.Length;)
            {
                var count = Write(_descriptor, start + written, (nuint)(buffer.Length - written));
                if (count >= 0)
                {
                    written += (int)count;
                    continue;
                }

                var error = Marshal.GetLastPInvokeError();
                if (error is wouldBlock or wouldBlockOnMac)
                {
                    Thread.Sleep(1); // somebody made the pipe or terminal non-blocking, and its reader is slower than we are
                    continue;
                }

                if (error == interrupted)
                {
                    continue;
                }

                if (error == brokenPipe || _descriptor == ErrorDescriptor)
                {
                    return; // nobody reads on: head(1) has its lines; and what cannot be said on standard error cannot be said
                }

                throw Failure(error);
            }
        }
    }

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    /// <inheritdoc/>
    public override void Flush()
    {
        // nothing is kept back
    }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    private static DiagnosticException Failure(int error)
    {
        return new DiagnosticException(DiskSpace.IsExhausted(error)
            ? Diagnostic.Error(DiagnosticCodes.DiskFull, "the disk behind standard output is full", "make room, and run the command again")
            : Diagnostic.Error(
                DiagnosticCodes.FileUnreadable, $"standard output cannot be written (error {error})", "look where it is redirected to"));
    }

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static partial nint Write(int descriptor, byte* bytes, nuint count);
}
