using KernelBuild.KernelImages.Image;
using KernelBuild.KernelImages.Types;

namespace KernelBuild.KernelImages.Code;

/// <summary>
/// What is known of the registers at each instruction of one function, over all paths that lead there: constants, arguments as they came
/// in, and, where the kernel carries types, structures and the members loaded from them.
/// </summary>
internal sealed class FunctionFlow
{
    private const int Registers = 31;
    private const int ArgumentRegisters = 8;
    private const int LongestFunction = 1 << 15;
    private const int MostVisits = 64;
    private readonly KernelImage _image;
    private readonly CodeMap _code;
    private readonly TypeTable? _types;
    private readonly int[]? _arguments;
    private readonly uint[] _words;
    private readonly Value[]?[] _entry;
    private readonly byte[] _visits;
    private readonly StackSlots _slots;

    /// <summary>Registers, and behind them the slots of the frame.</summary>
    private readonly int _width;
    private readonly bool[] _leaders;
    private readonly Dictionary<int, Value[]> _behindTraps = [];
    private bool[] _settled = [];

    /// <param name="image">The image.</param>
    /// <param name="code">Its code.</param>
    /// <param name="types">Null when it carries none.</param>
    /// <param name="function">The function; of longer ones than 32,768 instructions only the start is looked at.</param>
    /// <param name="arguments">What its arguments point to, where that is known from elsewhere; null for what its prototype says.</param>
    public FunctionFlow(KernelImage image, CodeMap code, TypeTable? types, CodeRange function, int[]? arguments = null)
    {
        _arguments = arguments;
        _image = image;
        _code = code;
        _types = types;
        Function = function;
        var words = code.Words(function);
        _words = words[..Math.Min(words.Length, LongestFunction)].ToArray();
        _slots = new StackSlots(_words);
        _width = Registers + _slots.Count;
        _entry = new Value[]?[_words.Length];
        _visits = new byte[_words.Length];
        _leaders = new bool[_words.Length];
        FindLeaders();
        Run();
    }

    public CodeRange Function { get; }

    /// <summary>Calls back for every instruction with what is known before it; unreachable ones with nothing known.</summary>
    public void Visit(FlowVisitor visitor)
    {
        var state = new Value[_width];
        for (var i = 0; i < _words.Length; i++)
        {
            if (_leaders[i])
            {
                if (_entry[i] is { } known)
                {
                    known.CopyTo(state, 0);
                }
                else
                {
                    Array.Clear(state);
                }
            }

            visitor(AddressOf(i), _words[i], state.AsSpan(0, Registers));
            Step(_words[i], AddressOf(i), state);
        }
    }

    private ulong AddressOf(int index) => Function.Start + ((ulong)index * Opcode.Length);

    private void FindLeaders()
    {
        if (_words.Length == 0)
        {
            return;
        }

        _leaders[0] = true;
        for (var i = 0; i < _words.Length; i++)
        {
            var word = _words[i];
            var target = Opcode.IsBranchLink(word) ? 0 : Opcode.DirectTarget(word, AddressOf(i));
            if (target != 0 && IndexOf(target) is var index and >= 0)
            {
                _leaders[index] = true;
            }

            if ((target != 0 || EndsPath(word)) && i + 1 < _words.Length)
            {
                _leaders[i + 1] = true;
            }
        }
    }

    private int IndexOf(ulong address) =>
        address - Function.Start < (ulong)_words.Length * Opcode.Length ? (int)((address - Function.Start) / Opcode.Length) : -1;

    private static bool EndsPath(uint word) =>
        Opcode.IsBranch(word) || Opcode.IsBranchRegister(word) || Opcode.IsReturn(word) || Opcode.IsTrap(word);

    private void Run()
    {
        if (_words.Length == 0)
        {
            return;
        }

        var start = new Value[_width];
        var arguments = _arguments
            ?? (_types is null ? [] : [.. _types.ParametersOf(_code.PrototypeOf(_types, Function.Start)).Take(ArgumentRegisters).Select(_types.PointedTo)]);
        for (var i = 0; i < ArgumentRegisters; i++)
        {
            start[i] = Value.Argument(i, i < arguments.Length ? arguments[i] : 0);
        }

        var work = new Stack<int>();
        Merge(0, start, work);
        Follow(work);

        // With types a question is what may happen. What happens on the paths that are there without a patched branch does; what such a
        // branch adds cannot take it back. Behind a jump table most of the function is of that kind, and nothing is settled.
        if (_types is not null && !_words.Any(Opcode.IsBranchRegister))
        {
            _settled = [.. _entry.Select(entry => entry is not null)];
        }

        for (var i = 0; i < _words.Length; i++)
        {
            if (_leaders[i] && _entry[i] is null)
            {
                // A warning is a trap that is returned from. What only a jump table or a patched branch leads to is entered with nothing
                // known.
                Merge(i, _behindTraps.GetValueOrDefault(i) ?? new Value[_width], work);
                Follow(work);
            }
        }
    }

    private void Follow(Stack<int> work)
    {
        var state = new Value[_width];
        while (work.TryPop(out var at))
        {
            _entry[at]!.CopyTo(state, 0);
            for (var i = at; ; i++)
            {
                var word = _words[i];
                var target = Opcode.IsBranchLink(word) ? 0 : Opcode.DirectTarget(word, AddressOf(i));
                Step(word, AddressOf(i), state);
                if (target != 0 && IndexOf(target) is var index and >= 0)
                {
                    Merge(index, state, work);
                }

                if (EndsPath(word) || i + 1 == _words.Length)
                {
                    if (Opcode.IsTrap(word))
                    {
                        _behindTraps[i + 1] = [.. state];
                    }

                    break;
                }

                if (_leaders[i + 1])
                {
                    Merge(i + 1, state, work);
                    break;
                }
            }
        }
    }

    private void Merge(int at, Value[] state, Stack<int> work)
    {
        if (_settled.Length > 0 && _settled[at])
        {
            return;
        }

        if (_entry[at] is not { } known)
        {
            _entry[at] = [.. state];
            work.Push(at);
            return;
        }

        var changed = false;
        var giveUp = ++_visits[at] >= MostVisits;
        for (var i = 0; i < _width; i++)
        {
            var joined = Value.Join(known[i], state[i]);
            joined = giveUp && !joined.Equals(known[i]) ? Value.Unknown : joined;
            changed |= !joined.Equals(known[i]);
            known[i] = joined;
        }

        _visits[at] = Math.Min(_visits[at], (byte)MostVisits);
        if (changed)
        {
            work.Push(at);
        }
    }

    private void Step(uint word, ulong address, Value[] state)
    {
        if (_slots.TryAccess(word, out var reads, out var firstSlot, out var secondSlot))
        {
            Keep(word, state, reads, firstSlot, secondSlot);
            return;
        }

        var result = Result(word, address, state);
        var called = Opcode.IsBranchLinkRegister(word) ? At(state, Opcode.Rn(word)) : Value.Unknown;
        var second = Opcode.IsLoadPair(word) ? Load(At(state, Opcode.Rn(word)), Opcode.PairOffset(word) + sizeof(ulong)) : Value.Unknown;
        var writtenBack = Opcode.IsLoadQuadNear(word) && (word >> 10 & 3) != 0
            ? At(state, Opcode.Rn(word)).Add(Opcode.NearOffset(word))
            : Value.Unknown;
        for (var written = RegisterWrites.Of(word); written != 0; written &= written - 1)
        {
            state[System.Numerics.BitOperations.TrailingZeroCount(written)] = Value.Unknown;
        }

        if (Opcode.IsBranchLink(word))
        {
            state[0] = ReturnValue(_types is null ? 0 : _code.PrototypeOf(_types, Opcode.Target26(word, address)));
        }
        else if (called.Kind == ValueKind.Member)
        {
            // members of one prototype return the same, and of others nothing is known
            var returned = called.Members
                .Select(member => ReturnValue(_types!.PointedTo(_types.MemberAt(member.Type, member.Offset, out _))))
                .Distinct()
                .Take(2)
                .ToArray();
            state[0] = returned.Length == 1 ? returned[0] : Value.Unknown;
        }
        else if (result.Kind != ValueKind.Unknown && Opcode.Rd(word) < Registers)
        {
            state[Opcode.Rd(word)] = result;
        }

        if (second.Kind != ValueKind.Unknown && Opcode.Rt2(word) < Registers)
        {
            state[Opcode.Rt2(word)] = second;
        }

        if (writtenBack.Kind != ValueKind.Unknown && Opcode.Rn(word) < Registers && Opcode.Rn(word) != Opcode.Rd(word))
        {
            state[Opcode.Rn(word)] = writtenBack;
        }
    }

    /// <summary>A register is put into the frame, or comes back from it.</summary>
    private static void Keep(uint word, Value[] state, bool reads, int firstSlot, int secondSlot)
    {
        var isPair = (word & 0xff80_0000) == 0xa900_0000;
        Span<(int Register, int Slot)> moves = [(Opcode.Rd(word), firstSlot), (isPair ? Opcode.Rt2(word) : Registers, secondSlot)];
        foreach (var (register, slot) in moves)
        {
            if (reads && register < Registers)
            {
                state[register] = slot < 0 ? Value.Unknown : state[Registers + slot];
            }
            else if (!reads && slot >= 0)
            {
                state[Registers + slot] = OrZero(state, register);
            }
        }
    }

    private Value Result(uint word, ulong address, Value[] state)
    {
        if (Opcode.IsAdrp(word) || Opcode.IsAdr(word))
        {
            return Value.Constant(Opcode.AdrValue(word, address));
        }

        if (Opcode.IsAddImmediate(word) || Opcode.IsSubtractImmediate(word))
        {
            return At(state, Opcode.Rn(word)).Add(Opcode.IsAddImmediate(word) ? Opcode.AddImmediate(word) : 0 - Opcode.AddImmediate(word));
        }

        if (Opcode.IsMove(word))
        {
            return Opcode.Rm(word) == Opcode.ZeroRegister ? Value.Constant(0) : At(state, Opcode.Rm(word));
        }

        if (Opcode.IsSelect(word))
        {
            return Value.Join(OrZero(state, Opcode.Rn(word)), OrZero(state, Opcode.Rm(word)));
        }

        if (Opcode.IsLoadQuad(word))
        {
            return Load(At(state, Opcode.Rn(word)), Opcode.QuadOffset(word));
        }

        if (Opcode.IsLoadPair(word))
        {
            return Load(At(state, Opcode.Rn(word)), Opcode.PairOffset(word));
        }

        if (Opcode.IsLoadQuadNear(word))
        {
            return Load(At(state, Opcode.Rn(word)), (word >> 10 & 3) == 1 ? 0 : Opcode.NearOffset(word));
        }

        if (TableAddress.LoadAddress(word, state.AsSpan(0, Registers)) is { Kind: not ValueKind.Unknown } place)
        {
            return TableAddress.Load(_image, _code, place, 0, fromTheStart: _types is not null);
        }

        return TableAddress.Result(word, state.AsSpan(0, Registers)) is { Kind: not ValueKind.Unknown } sum
            ? sum
            : MoveImmediate.Result(word, At(state, Opcode.Rd(word)));
    }

    private static Value At(Value[] state, int register) => register < Registers ? state[register] : Value.Unknown;

    private static Value OrZero(Value[] state, int register) => register < Registers ? state[register] : Value.Constant(0);

    private Value Load(in Value from, ulong offset)
    {
        if (from.Kind is ValueKind.Constant or ValueKind.Element)
        {
            return TableAddress.Load(_image, _code, from, offset, fromTheStart: _types is not null);
        }

        if (_types is null)
        {
            return Value.Unknown;
        }

        var (type, at) = from.Kind switch
        {
            ValueKind.Structure => (from.Type, from.Number + offset),
            ValueKind.Argument => (from.Type, offset),
            _ => (0, 0ul),
        };
        if (type == 0)
        {
            return Value.Unknown;
        }

        var member = _types.MemberAt(type, at, out _);
        var pointed = member == 0 ? 0 : _types.PointedTo(member);
        return _types.KindOf(pointed) switch
        {
            TypeKind.FunctionPrototype => Value.Member(type, at),
            TypeKind.Struct or TypeKind.Union => Value.Structure(pointed, 0),
            _ => Value.Unknown,
        };
    }

    private Value ReturnValue(int prototype)
    {
        if (_types is null)
        {
            return Value.Unknown;
        }

        var pointed = _types.PointedTo(_types.ReturnTypeOf(prototype));
        return _types.KindOf(pointed) == TypeKind.Struct ? Value.Structure(pointed, 0) : Value.Unknown;
    }
}
