namespace KernelBuild.KernelImages.Types;

/// <summary>The function pointers of structures.</summary>
internal static class MemberSlots
{
    private const int DeepestStructs = 16;

    /// <summary>All members that can point to a function with one of the given prototypes.</summary>
    public static ILookup<int, MemberSlot> For(TypeTable types, IReadOnlyCollection<int> prototypes) =>
        Direct(types, prototypes).Where(slot => types.KindOf(slot.Struct) == TypeKind.Struct).ToLookup(slot => slot.Prototype);

    /// <summary>
    /// What can stand at an offset from the start of any structure or union: its own members and those of the ones that it embeds, by
    /// prototype and offset. Elements of arrays are left out.
    /// </summary>
    public static ILookup<(int Prototype, ulong Offset), MemberSlot> ByOffset(TypeTable types, IReadOnlyCollection<int> prototypes)
    {
        var direct = Direct(types, prototypes).ToLookup(slot => slot.Struct);
        var known = new Dictionary<int, List<(ulong Offset, MemberSlot Slot)>>();
        return Enumerable.Range(1, types.Count)
            .Where(type => types.KindOf(type) is TypeKind.Struct or TypeKind.Union)
            .SelectMany(type => Within(types, type, direct, known, 0))
            .ToLookup(found => (found.Slot.Prototype, found.Offset), found => found.Slot);
    }

    private static List<(ulong Offset, MemberSlot Slot)> Within(
        TypeTable types, int type, ILookup<int, MemberSlot> direct, Dictionary<int, List<(ulong Offset, MemberSlot Slot)>> known, int depth)
    {
        if (known.TryGetValue(type, out var found))
        {
            return found;
        }

        // a damaged type may embed itself
        known[type] = found = [];
        found.AddRange(direct[type].Select(slot => (slot.Offset, slot)));
        for (var i = 0; i < types.CountOf(type) && depth < DeepestStructs; i++)
        {
            var (member, offset) = types.MemberOf(type, i);
            var inner = types.Resolve(member);
            if (types.KindOf(inner) is TypeKind.Struct or TypeKind.Union)
            {
                found.AddRange(Within(types, inner, direct, known, depth + 1).Select(slot => (offset + slot.Offset, slot.Slot)));
            }
        }

        return found;
    }

    private static List<MemberSlot> Direct(TypeTable types, IReadOnlyCollection<int> prototypes)
    {
        var found = new List<MemberSlot>();
        if (prototypes.Count > 0)
        {
            var pointers = Pointers(types, prototypes);
            for (var type = 1; type <= types.Count; type++)
            {
                if (types.KindOf(type) is TypeKind.Struct or TypeKind.Union)
                {
                    Collect(types, type, pointers, found);
                }
            }
        }

        return found;
    }

    /// <summary>All function pointers of one structure.</summary>
    public static IEnumerable<MemberSlot> Of(TypeTable types, int type) =>
        from member in types.MembersOf(type)
        let pointed = types.PointedTo(member.Type)
        where types.KindOf(pointed) == TypeKind.FunctionPrototype
        select new MemberSlot(type, member.Offset, $"{types.NameOf(type)}.{member.Name}", pointed);

    /// <summary>By type: the prototype among the given ones that a pointer of this type points to; 0 for all others.</summary>
    private static int[] Pointers(TypeTable types, IReadOnlyCollection<int> prototypes)
    {
        var same = new int[types.Count + 1];
        for (var type = 1; type <= types.Count; type++)
        {
            if (types.KindOf(type) == TypeKind.FunctionPrototype)
            {
                foreach (var prototype in prototypes)
                {
                    if (types.CountOf(type) == types.CountOf(prototype) && types.ReturnTypeOf(type) == types.ReturnTypeOf(prototype)
                        && types.SamePrototype(type, prototype))
                    {
                        same[type] = prototype;
                        break;
                    }
                }
            }
        }

        var pointers = new int[types.Count + 1];
        for (var type = 1; type <= types.Count; type++)
        {
            if (types.KindOf(type) is TypeKind.Pointer or TypeKind.Typedef or TypeKind.Constant)
            {
                pointers[type] = types.PointedTo(type) is var pointed && pointed < same.Length ? same[pointed] : 0;
            }
        }

        return pointers;
    }

    private static void Collect(TypeTable types, int type, int[] pointers, List<MemberSlot> found)
    {
        var count = types.CountOf(type);
        for (var i = 0; i < count; i++)
        {
            var (memberType, offset) = types.MemberOf(type, i);
            if ((uint)memberType < (uint)pointers.Length && pointers[memberType] is not 0 and var prototype)
            {
                found.Add(new MemberSlot(type, offset, $"{types.NameOf(type)}.{types.MembersOf(type)[i].Name}", prototype));
            }
        }
    }
}
