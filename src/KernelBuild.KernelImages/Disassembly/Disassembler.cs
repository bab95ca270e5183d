using System.Collections.Immutable;
using System.Globalization;
using KernelBuild.KernelImages.Bytes;
using KernelBuild.KernelImages.Code;
using KernelBuild.KernelImages.Image;

namespace KernelBuild.KernelImages.Disassembly;

/// <summary>Lists functions.</summary>
public sealed class Disassembler
{
    private readonly KernelImage _image;
    private readonly CodeMap _code;

    /// <exception cref="Diagnostics.DiagnosticException">KB8005 or KB8006.</exception>
    public Disassembler(KernelImage image)
    {
        _image = image;
        _code = new CodeMap(image);
    }

    /// <summary>The function around an address; empty for data.</summary>
    public ImmutableArray<ListingLine> List(ulong address)
    {
        var function = _code.FunctionAt(address);
        if (!_code.IsCode(function.Start))
        {
            return [];
        }

        var lines = ImmutableArray.CreateBuilder<ListingLine>();
        new FunctionFlow(_image, _code, null, function).Visit((at, word, registers) => lines.Add(
            _code.IsTypeHash(at)
                ? Hash(at)
                : new ListingLine(at, word, InstructionText.Of(word, at), Note(word, at, function, registers))));
        return lines.ToImmutable();
    }

    private ListingLine Hash(ulong at)
    {
        _image.TryOffset(at, out var offset);
        var word = KernelBytes.U32(_image.Bytes.Span, offset);
        return new ListingLine(at, word, InstructionText.Text($".inst\t0x{word:x8}"), "the next function's type, for kCFI");
    }

    private string Note(uint word, ulong address, CodeRange function, ReadOnlySpan<Value> registers)
    {
        var target = Opcode.DirectTarget(word, address);
        if (target != 0)
        {
            return function.Contains(target) ? "" : NameOf(target);
        }

        if (Opcode.IsAddImmediate(word) && Opcode.Rn(word) < registers.Length && registers[Opcode.Rn(word)] is { IsSingle: true } start)
        {
            var formed = start.Number + Opcode.AddImmediate(word);
            return _image.ReadText(formed, 80) is { Length: > 2 } text ? $"\"{text}\"" : NameOf(formed);
        }

        return "";
    }

    private string NameOf(ulong address)
    {
        var index = _code.Symbols.IndexBelow(address);
        if (index < 0 || !_image.TryOffset(address, out _))
        {
            return "";
        }

        var distance = address - _code.Symbols.Addresses[index];
        return distance == 0
            ? _code.NameAt(address)
            : string.Create(CultureInfo.InvariantCulture, $"{_code.NameAt(address)}+0x{distance:x}");
    }
}
