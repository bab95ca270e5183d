using System.CommandLine;
using KernelBuild.BootImages.Containers;
using KernelBuild.Cli.CommandLine;
using KernelBuild.Cli.Files;
using KernelBuild.Diagnostics;
using KernelBuild.Host.Files;

namespace KernelBuild.Cli.Boot;

/// <summary><c>kernelbuild boot sparse</c> and <c>kernelbuild boot unsparse</c>.</summary>
internal static class SparseCommands
{
    private const ulong LargestBlock = 1 << 24;

    public static Command CreateUnsparse() => Create(
        "unsparse", "Makes a raw image of a sparse one.\n\nExample: kernelbuild boot unsparse super.img -o super.raw.img", null,
        (path, output, unused) =>
        {
            using var stream = File.OpenRead(path);
            var source = ByteSource.Of(stream);
            if (!SparseImage.IsSparse(source.Start(sizeof(uint))))
            {
                throw new DiagnosticException(Diagnostic.Error(
                    DiagnosticCodes.ContainerInvalid, "the file is no sparse image: it does not start with 3aff26ed", "it is raw already") with
                { File = path });
            }

            try
            {
                OutputFile.Write(output, SparseImage.Open(source, out _).CopyTo);
            }
            catch (DiagnosticException exception)
            {
                throw new DiagnosticException([.. exception.Diagnostics.Select(d => d with { File = d.File ?? path })]);
            }
        });

    public static Command CreateSparse() => Create(
        "sparse", "Makes a sparse image of a raw one, as fastboot takes it.\n\nExample: kernelbuild boot sparse super.img -o super.simg",
        Arguments.Text("--block-size", "Bytes of a block, a multiple of 4; 4096 otherwise"),
        (path, output, block) =>
        {
            var length = block is null ? 4096 : Numbers.Parse("--block-size", block, LargestBlock);
            if (length == 0 || length % sizeof(uint) != 0)
            {
                throw CommandFrame.Usage($"--block-size takes no {block}", "a multiple of 4 bytes, like 4096");
            }

            var bytes = InputFile.Read(path);
            if (SparseImage.IsSparse(bytes.Span))
            {
                throw CommandFrame.Usage("the file is a sparse image already", "give a raw one");
            }

            OutputFile.Write(output, SparseImage.Write(bytes, (uint)length));
        });

    private static Command Create(string name, string description, Option<string?>? block, Action<string, string, string?> convert)
    {
        var file = Arguments.File("FILE", "The image");
        var output = new Option<string>("--output", "-o") { Description = "Where to write", Required = true };
        var command = new Command(name, description) { file, output };
        if (block is not null)
        {
            command.Options.Add(block);
        }

        command.OnRun((result, writer, _) =>
        {
            var (from, to) = (result.GetValue(file)!, result.GetValue(output)!);
            if (!File.Exists(from))
            {
                InputFile.Read(from);
            }

            OutputOptions.Another(to, from, "--output", "name another file");
            convert(from, to, block is null ? null : result.GetValue(block));
            writer.WriteLine(Printable.Text($"{to}: {new FileInfo(to).Length} bytes"));
            return ExitCode.Done;
        });
        return command;
    }
}
