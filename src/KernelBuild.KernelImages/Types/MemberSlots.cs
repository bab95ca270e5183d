namespace KernelBuild.KernelImages.Types;

/// <summary>The function pointers of structures.</summary>
internal static class MemberSlots
{
    /// <summary>All members that can point to a function with one of the given prototypes.</summary>
    public static ILookup<int, MemberSlot> For(TypeTable types, IReadOnlyCollection<int> prototypes)
    {
        var found = new List<MemberSlot>();
        if (prototypes.Count > 0)
        {
            var pointers = Pointers(types, prototypes);
            for (var type = 1; type <= types.Count; type++)
            {
                if (types.KindOf(type) == TypeKind.Struct)
                {
                    Collect(types, type, pointers, found);
                }
            }
        }

        return found.ToLookup(slot => slot.Prototype);
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
