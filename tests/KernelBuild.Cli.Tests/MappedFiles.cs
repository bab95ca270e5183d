using System.Diagnostics;
using System.Security.Cryptography;
using KernelBuild.Compression.Memory;
using KernelBuild.Diagnostics;
using KernelBuild.Host.Files;

namespace KernelBuild.Cli.Tests;

/// <summary>Files of a megabyte and more are mapped, and read through blocks of 256 KiB.</summary>
public sealed class MappedFiles : IDisposable
{
    private const int Block = 256 << 10;

    private readonly string _file = Path.GetTempFileName();
    private readonly byte[] _bytes = new byte[(5 * Block) + 123];

    public void Dispose() => File.Delete(_file);

    [Theory]
    [InlineData(0)]
    [InlineData(Block - 4)] // across the first border
    [InlineData(Block - 1)]
    [InlineData(Block)]
    [InlineData((2 * Block) - 11)]
    [InlineData((5 * Block) + 123 - 5)] // the last bytes
    public void What_is_wanted_is_found_on_either_side_of_a_border_and_across_it(int at)
    {
        "place"u8.CopyTo(_bytes.AsSpan(at));
        var memory = Map();

        MemoryWindow.IndexOf(memory, "place"u8).ShouldBe(at);
        MemoryWindow.IndexOf(memory, "places"u8).ShouldBe(-1);
    }

    [Fact]
    public void Hashes_of_a_file_and_of_its_slices_are_those_of_the_bytes()
    {
        new Random(1).NextBytes(_bytes);
        var memory = Map();

        MemoryWindow.Sha256(memory).ShouldBe(SHA256.HashData(_bytes));
        MemoryWindow.Sha256(memory[7..(Block + 9)]).ShouldBe(SHA256.HashData(_bytes.AsSpan(7..(Block + 9))));
    }

    [Fact]
    public void A_file_that_became_shorter_has_a_code()
    {
        var memory = Map();

        // by a program that does not ask for .NET's lock
        using var truncate = Process.Start("truncate", ["-s", "1000", _file]);
        truncate.WaitForExit();

        Should.Throw<DiagnosticException>(() => MemoryWindow.Sha256(memory)).Diagnostics.Single().Code.ShouldBe("KB9012");
    }

    private ReadOnlyMemory<byte> Map()
    {
        File.WriteAllBytes(_file, _bytes);
        return InputFile.Read(_file);
    }
}
