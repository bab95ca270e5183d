using System.Buffers;
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using KernelBuild.Diagnostics;
using KernelBuild.KernelImages.Bytes;

namespace KernelBuild.KernelImages.Types;

/// <summary>
/// The types that a kernel carries about itself (BTF): layouts of structures and prototypes of functions, without source or DWARF. All
/// fields are little endian. Source: Documentation/bpf/btf.rst.
/// </summary>
public sealed class TypeTable
{
    private const int HeaderLength = 24;
    private const int TypeLength = 12;
    private const int MemberLength = 12;
    private const int ParameterLength = 8;
    private const int DeepestModifiers = 32;
    private readonly ReadOnlyMemory<byte> _types;
    private readonly ReadOnlyMemory<byte> _strings;
    private readonly int[] _offsets;
    private readonly uint[] _information;
    private readonly uint[] _sizes;
    private static readonly SearchValues<string> _renamed = SearchValues.Create([".llvm.", ".__uniq.", "$"], StringComparison.Ordinal);
    private readonly Lazy<TypeNames> _functions;
    private readonly Lazy<TypeNames> _structs;

    private TypeTable(ReadOnlyMemory<byte> types, ReadOnlyMemory<byte> strings, int[] offsets, int start, int length)
    {
        _types = types;
        _strings = strings;
        _offsets = offsets;
        _information = new uint[offsets.Length];
        _sizes = new uint[offsets.Length];
        for (var type = 1; type < offsets.Length; type++)
        {
            _information[type] = KernelBytes.U32(types.Span, offsets[type] + 4L);
            _sizes[type] = KernelBytes.U32(types.Span, offsets[type] + 8L);
        }

        Offset = start;
        Length = length;
        _functions = new(() => new TypeNames(this, TypeKind.Function));
        _structs = new(() => new TypeNames(this, TypeKind.Struct));
    }

    /// <summary>In the image, in bytes.</summary>
    public int Offset { get; }

    /// <summary>Bytes, header and strings included.</summary>
    public int Length { get; }

    /// <summary>Types; their numbers are 1 to this.</summary>
    public int Count => _offsets.Length - 1;

    private static ReadOnlySpan<byte> Magic => [0x9f, 0xeb, 0x01, 0x00, HeaderLength, 0, 0, 0];

    /// <summary>Finds the types in an image.</summary>
    /// <param name="image">An uncompressed image.</param>
    /// <param name="types">Null when the result is false.</param>
    /// <param name="error">KB8009: built without CONFIG_DEBUG_INFO_BTF, or damaged.</param>
    public static bool TryFind(
        ReadOnlyMemory<byte> image, [NotNullWhen(true)] out TypeTable? types, [NotNullWhen(false)] out Diagnostic? error)
    {
        types = null;
        error = Diagnostic.Error(
            DiagnosticCodes.TypesMissing, "the kernel contains no type information (BTF)",
            "it was built without CONFIG_DEBUG_INFO_BTF: members of structures are shown as offsets");
        for (var from = 0; from < image.Length;)
        {
            var at = image.Span[from..].IndexOf(Magic);
            if (at < 0)
            {
                return false;
            }

            at += from;
            if (TryAt(image, at, out types, out var damage))
            {
                error = null;
                return true;
            }

            error = damage;
            from = at + Magic.Length;
        }

        return false;
    }

    private static bool TryAt(ReadOnlyMemory<byte> image, int at, [NotNullWhen(true)] out TypeTable? types, out Diagnostic error)
    {
        types = null;
        error = Diagnostic.Error(
            DiagnosticCodes.TypesMissing, "the kernel's types (BTF) are damaged: a length in them reaches beyond their end",
            "copy the file again") with { Offset = at };
        var span = image.Span;
        long typeStart = KernelBytes.U32(span, at + 8L), typeLength = KernelBytes.U32(span, at + 12L);
        long stringStart = KernelBytes.U32(span, at + 16L), stringLength = KernelBytes.U32(span, at + 20L);
        if (!KernelBytes.Fits(span, at + HeaderLength + typeStart, typeLength)
            || !KernelBytes.Fits(span, at + HeaderLength + stringStart, stringLength) || typeLength == 0)
        {
            return false;
        }

        var section = image.Slice((int)(at + HeaderLength + typeStart), (int)typeLength);
        var offsets = new List<int> { 0 };
        for (var next = 0L; next < typeLength;)
        {
            offsets.Add((int)next);
            var length = LengthAt(section.Span, next);
            if (length == 0 || length > typeLength - next)
            {
                return false;
            }

            next += length;
        }

        var end = HeaderLength + Math.Max(typeStart + typeLength, stringStart + stringLength);
        types = new TypeTable(section, image.Slice((int)(at + HeaderLength + stringStart), (int)stringLength), [.. offsets], at, (int)end);
        return true;
    }

    private static long LengthAt(ReadOnlySpan<byte> types, long at)
    {
        if (!KernelBytes.Fits(types, at, TypeLength))
        {
            return 0;
        }

        var information = KernelBytes.U32(types, at + 4);
        long count = information & 0xffff;
        return (TypeKind)(information >> 24 & 0x1f) switch
        {
            TypeKind.Integer or TypeKind.Variable or TypeKind.DeclarationTag => TypeLength + 4,
            TypeKind.Array => TypeLength + 12,
            TypeKind.Struct or TypeKind.Union or TypeKind.DataSection or TypeKind.Enumeration64 => TypeLength + (12 * count),
            TypeKind.Enumeration or TypeKind.FunctionPrototype => TypeLength + (8 * count),
            TypeKind.None or > TypeKind.Enumeration64 => 0,
            _ => TypeLength,
        };
    }

    internal TypeKind KindOf(int type) => IsType(type) ? (TypeKind)(_information[type] >> 24 & 0x1f) : TypeKind.None;

    internal ReadOnlySpan<byte> NameBytesOf(int type) => IsType(type) ? KernelBytes.Text(_strings.Span, Field(type, 0), 255) : default;

    internal string NameOf(int type) => IsType(type) ? Text(Field(type, 0)) : "";

    /// <summary>The type behind typedefs and qualifiers.</summary>
    internal int Resolve(int type)
    {
        for (var i = 0; i < DeepestModifiers
            && KindOf(type) is TypeKind.Typedef or TypeKind.Volatile or TypeKind.Constant or TypeKind.Restrict or TypeKind.TypeTag; i++)
        {
            type = (int)_sizes[type];
        }

        return type;
    }

    /// <summary>What a pointer points to, behind typedefs and qualifiers; 0 for other types, and for void.</summary>
    internal int PointedTo(int type)
    {
        type = Resolve(type);
        return KindOf(type) == TypeKind.Pointer ? Resolve((int)_sizes[type]) : 0;
    }

    /// <summary>What a pointer, a typedef or a qualifier refers to directly; 0 for void.</summary>
    internal int TargetOf(int type) => IsType(type) ? (int)_sizes[type] : 0;

    /// <summary>Bytes of a structure or union.</summary>
    internal uint SizeOf(int type) => KindOf(type) is TypeKind.Struct or TypeKind.Union ? _sizes[type] : 0;

    /// <summary>
    /// The prototype of a function; 0 when none of that name is known. A name that link-time optimization made of another (f.llvm.123,
    /// f.__uniq.123, f$1a2b) has the other's prototype; one of a part or a copy with fewer parameters has none.
    /// </summary>
    public int FindPrototype(string function)
    {
        var type = _functions.Value.Find(function);
        if (type == 0 && EndOfSource(function) is > 0 and var end)
        {
            type = _functions.Value.Find(function[..end]);
        }

        return type == 0 ? 0 : (int)_sizes[type];
    }

    /// <summary>Whether link-time optimization made a name of another; the function is the same.</summary>
    public static bool IsRenamed(string function) => EndOfSource(function) > 0;

    private static int EndOfSource(string function) => function.AsSpan().IndexOfAny(_renamed);

    /// <summary>The members of a structure or union, as declared.</summary>
    public ImmutableArray<StructMember> MembersOf(int type)
    {
        if (KindOf(type) is not (TypeKind.Struct or TypeKind.Union))
        {
            return [];
        }

        var information = _information[type];
        var members = ImmutableArray.CreateBuilder<StructMember>((int)(information & 0xffff));
        for (var i = 0; i < (information & 0xffff); i++)
        {
            var at = TypeLength + (i * MemberLength);
            var bits = Field(type, at + 8);
            bits = information >> 31 != 0 ? bits & 0xff_ffff : bits;
            members.Add(new StructMember(Text(Field(type, at)), (int)Field(type, at + 4), bits / 8));
        }

        return members.MoveToImmutable();
    }

    /// <summary>The members with their places in bits from the start; the width is null but for bit fields.</summary>
    internal ImmutableArray<(string Name, int Type, uint Offset, int? Width)> BitMembersOf(int type)
    {
        var members = ImmutableArray.CreateBuilder<(string, int, uint, int?)>();
        for (var i = 0; KindOf(type) is TypeKind.Struct or TypeKind.Union && i < CountOf(type); i++)
        {
            var at = TypeLength + (i * MemberLength);
            var (member, bits) = ((int)Field(type, at + 4), Field(type, at + 8));
            var isKind = _information[type] >> 31 != 0;
            members.Add((Text(Field(type, at)), member, isKind ? bits & 0xff_ffff : bits, isKind ? Positive(bits >> 24) : WidthOf(member)));
        }

        return members.ToImmutable();
    }

    /// <summary>The width of a bit field whose structure does not say it: a number of fewer bits than its bytes have.</summary>
    private int? WidthOf(int type)
    {
        type = Resolve(type);
        var bits = KindOf(type) == TypeKind.Integer ? Field(type, TypeLength) & 0xff : 0;
        return bits != 0 && bits != _sizes[type] * 8 ? (int)bits : null;
    }

    private static int? Positive(uint width) => width == 0 ? null : (int)width;

    /// <summary>The type of an array's elements, and how many there are.</summary>
    internal (int Element, uint Count) ArrayOf(int type) =>
        KindOf(type) == TypeKind.Array ? ((int)Field(type, TypeLength), Field(type, TypeLength + 8)) : (0, 0);

    /// <summary>The names and values of an enumeration; 64 bits of either sign.</summary>
    internal ImmutableArray<(string Name, Int128 Value)> ValuesOf(int type)
    {
        var isWide = KindOf(type) == TypeKind.Enumeration64;
        var values = ImmutableArray.CreateBuilder<(string, Int128)>();
        for (var i = 0; (isWide || KindOf(type) == TypeKind.Enumeration) && i < CountOf(type); i++)
        {
            var at = TypeLength + (i * (isWide ? 12 : 8));
            var number = isWide ? Field(type, at + 4) | ((ulong)Field(type, at + 8) << 32) : Field(type, at + 4);
            var isSigned = _information[type] >> 31 != 0;
            values.Add((Text(Field(type, at)), isSigned ? isWide ? (long)number : (int)number : number));
        }

        return values.ToImmutable();
    }

    /// <summary>The names and types of a prototype's parameters; the last one has type 0 where more may follow.</summary>
    internal ImmutableArray<(string Name, int Type)> NamedParametersOf(int prototype) => KindOf(prototype) != TypeKind.FunctionPrototype
        ? []
        : [.. Enumerable.Range(0, CountOf(prototype)).Select(i => (Text(Field(prototype, TypeLength + (i * ParameterLength))), ParameterOf(prototype, i)))];

    /// <summary>Whether a declaration without a definition is a union's.</summary>
    internal bool IsForwardUnion(int type) => KindOf(type) == TypeKind.Forward && _information[type] >> 31 != 0;

    /// <summary>Bytes of any type; null for functions, declarations without a definition, and void.</summary>
    internal long? BytesOf(int type)
    {
        type = Resolve(type);
        return KindOf(type) switch
        {
            TypeKind.Integer or TypeKind.Float or TypeKind.Struct or TypeKind.Union or TypeKind.Enumeration or TypeKind.Enumeration64 => _sizes[type],
            TypeKind.Pointer => sizeof(ulong),
            TypeKind.Array => ArrayOf(type) is var array && array.Element != type && BytesOf(array.Element) is { } bytes ? bytes * array.Count : null,
            _ => null,
        };
    }

    /// <summary>The type of a member, and its offset in bytes; what <see cref="MembersOf"/> gives, without the name.</summary>
    internal (int Type, ulong Offset) MemberOf(int type, int index)
    {
        var bits = Field(type, TypeLength + (index * MemberLength) + 8);
        return ((int)Field(type, TypeLength + (index * MemberLength) + 4), (_information[type] >> 31 != 0 ? bits & 0xff_ffff : bits) / 8);
    }

    /// <summary>How many members, parameters or values a type has.</summary>
    internal int CountOf(int type) => IsType(type) ? (int)(_information[type] & 0xffff) : 0;

    /// <summary>The innermost member at an offset, looked for in nested structures too.</summary>
    /// <param name="type">A structure or union.</param>
    /// <param name="offset">Bytes.</param>
    /// <param name="path">"device_group", or "driver.of_match_table"; null when no pointer-sized member starts there.</param>
    internal int MemberAt(int type, ulong offset, out string path)
    {
        path = "";
        for (var depth = 0; depth < DeepestModifiers; depth++)
        {
            type = Resolve(type);
            StructMember? inner = null;
            foreach (var member in MembersOf(type))
            {
                if (member.Offset <= offset && (inner is null || member.Offset >= inner.Offset))
                {
                    // in a union the first that has something at the offset counts
                    inner = inner is not null && inner.Offset == member.Offset && KindOf(type) == TypeKind.Union ? inner : member;
                }
            }

            if (inner is null)
            {
                return 0;
            }

            offset -= inner.Offset;
            type = Resolve(inner.Type);
            path = path.Length == 0 ? inner.Name : inner.Name.Length == 0 ? path : $"{path}.{inner.Name}";
            if (KindOf(type) is not (TypeKind.Struct or TypeKind.Union))
            {
                return offset == 0 ? inner.Type : 0;
            }
        }

        return 0;
    }

    /// <summary>The types of a prototype's parameters.</summary>
    internal ImmutableArray<int> ParametersOf(int prototype)
    {
        if (KindOf(prototype) != TypeKind.FunctionPrototype)
        {
            return [];
        }

        return [.. Enumerable.Range(0, (int)(_information[prototype] & 0xffff)).Select(i => ParameterOf(prototype, i))];
    }

    internal int ReturnTypeOf(int prototype) => KindOf(prototype) == TypeKind.FunctionPrototype ? (int)_sizes[prototype] : 0;

    /// <summary>Whether two prototypes take and give the same types; names of parameters do not count.</summary>
    internal bool SamePrototype(int one, int other)
    {
        if (one == other)
        {
            return one != 0;
        }

        if (KindOf(one) != TypeKind.FunctionPrototype || KindOf(other) != TypeKind.FunctionPrototype || _sizes[one] != _sizes[other]
            || CountOf(one) != CountOf(other))
        {
            return false;
        }

        for (var i = 0; i < CountOf(one); i++)
        {
            if (ParameterOf(one, i) != ParameterOf(other, i))
            {
                return false;
            }
        }

        return true;
    }

    private int ParameterOf(int prototype, int index) => (int)Field(prototype, TypeLength + (index * ParameterLength) + 4);

    private bool IsType(int type) => type > 0 && type < _offsets.Length;

    private uint Field(int type, int offset) => KernelBytes.U32(_types.Span, _offsets[type] + (long)offset);

    private string Text(uint offset)
    {
        var text = KernelBytes.Text(_strings.Span, offset, 255);
        return Encoding.ASCII.GetString(text);
    }
}
