using System.Text.RegularExpressions;
using KernelBuild.KernelImages.Bytes;
using KernelBuild.KernelImages.Code;
using KernelBuild.KernelImages.CrossReferences;
using KernelBuild.KernelImages.Disassembly;
using KernelBuild.KernelImages.Image;
using KernelBuild.KernelImages.Symbols;
using KernelBuild.Testing.KernelImages;

namespace KernelBuild.KernelImages.Tests.CrossReferences;

/// <summary>Direct calls and single instructions against LLVM's disassembly of the vmlinux.</summary>
public sealed partial class CallersOfOurKernel
{
    [FactWithKernel("own", "llvm-objdump-19")]
    public void Direct_calls_and_tail_calls_are_those_that_llvm_objdump_shows()
    {
        var image = OwnKernel.Open();
        var symbols = image.ReadSymbols();
        var functions = Enumerable.Range(0, symbols.Count)
            .Select(index => symbols[index])
            .Where(symbol => symbol.IsCode)
            .Select(symbol => symbol.Address)
            .ToHashSet();
        var starts = symbols.Addresses.ToArray().Distinct().ToArray();
        var expected = ObjdumpListing.DirectCalls(OwnKernel.PathOf("vmlinux"), starts, functions);
        var ours = CallScan.To(new CodeMap(image), functions).Select(call => (call.From, call.To, call.Kind)).ToHashSet();

        expected.Count.ShouldBeGreaterThan(50_000);
        ours.Except(expected).ShouldBeEmpty("not in llvm-objdump's listing");
        expected.Except(ours).ShouldBeEmpty("missing");
    }

    [FactWithKernel("own", "llvm-objdump-19")]
    public void Instructions_that_are_decoded_read_as_llvm_objdump_writes_them()
    {
        var image = OwnKernel.Open();
        var (decoded, all, wrong) = (0, 0, new List<string>());
        foreach (var (address, mnemonic, operands) in Objdump())
        {
            // what a mapping symbol ($d) calls data: its bytes stand in front of .word
            if (mnemonic == ".word" || operands.Contains("\t.word\t", StringComparison.Ordinal))
            {
                continue;
            }

            image.TryOffset(address, out var offset);
            var word = KernelBytes.U32(image.Bytes.Span, offset);
            all++;
            var text = InstructionText.Of(word, address);
            if (text.StartsWith(".inst", StringComparison.Ordinal))
            {
                continue;
            }

            decoded++;
            var theirs = $"{mnemonic}\t{Comment().Replace(operands, "")}".TrimEnd();
            if (text != theirs)
            {
                wrong.Add($"{address:x} {word:x8}: {text} for {theirs}");
            }
        }

        wrong.Take(20).ShouldBeEmpty();
        (decoded * 1000L / all).ShouldBeGreaterThan(995, "per mille of the instructions");
    }

    /// <summary>Words of any kind: what is no instruction, or one that is not decoded, has no spelling.</summary>
    [FactWith("llvm-objdump-19", "llvm-objcopy-19")]
    public void Random_words_are_spelled_as_llvm_objdump_spells_them_or_not_at_all()
    {
        using var folder = new TestFolder();
        var words = new byte[400_000 * sizeof(uint)];
        new Random(16).NextBytes(words);
        File.WriteAllBytes(folder["words"], words);
        Oracle.Output(
            "llvm-objcopy-19",
            [
                "-I", "binary", "-O", "elf64-littleaarch64", "--rename-section=.data=.text,code", folder["words"],
                folder["words.o"],
            ]);
        var wrong = new List<string>();
        foreach (var (address, mnemonic, operands) in ObjdumpListing.Of("-D", "--mattr=+all", folder["words.o"]))
        {
            var word = KernelBytes.U32(words, (long)address);
            var text = InstructionText.Of(word, address);
            var theirs = $"{mnemonic}\t{Comment().Replace(operands, "")}".TrimEnd();
            if (!text.StartsWith(".inst", StringComparison.Ordinal) && text != theirs)
            {
                wrong.Add($"{address:x} {word:x8}: {text} for {theirs}");
            }
        }

        wrong.Take(20).ShouldBeEmpty();
    }

    private static IEnumerable<(ulong Address, string Mnemonic, string Operands)> Objdump() =>
        ObjdumpListing.Of("-d", OwnKernel.PathOf("vmlinux"));

    /// <summary>The names in angle brackets, and numbers in decimal behind two slashes.</summary>
    [GeneratedRegex(@"\s*(<.*>|//.*)$")]
    private static partial Regex Comment();
}
