using System.Globalization;
using KernelBuild.KernelImages.Types;

namespace KernelBuild.KernelImages.Modules;

/// <summary>
/// Why genksyms gives a function another checksum: the nearest type that its prototype leads to, and that has another layout. genksyms
/// follows pointers as well, as far as the file that exports the function knows what they point to; types (BTF) know all of them, so what
/// is found far from the prototype may be invisible there.
/// </summary>
public static class TypeDifference
{
    private const int MostTypes = 20_000;

    /// <summary>The first difference.</summary>
    /// <param name="then">Types of the kernel that the module was made for.</param>
    /// <param name="now">Types of the kernel that it is to be loaded into.</param>
    /// <param name="function">The exported function; data is not in the types.</param>
    /// <returns>"struct device has 920 bytes for 936 …", or null when none is found.</returns>
    public static string? Of(TypeTable then, TypeTable now, string function)
    {
        var (old, current) = (then.FindPrototype(function), now.FindPrototype(function));
        if (old == 0 || current == 0)
        {
            return null;
        }

        if (Signature(then, old) is var before && Signature(now, current) is var after && before != after)
        {
            return $"the prototype of {function} is {after}; it was {before}";
        }

        return Nearest(then, now, old, current);
    }

    private static string? Nearest(TypeTable then, TypeTable now, int old, int current)
    {
        var seen = new HashSet<int>();
        var queue = new Queue<(int Then, int Now)>();
        Enqueue(old, current);
        while (queue.Count > 0 && seen.Count < MostTypes)
        {
            var (one, other) = queue.Dequeue();
            if (Difference(then, now, one, other) is { } difference)
            {
                return difference;
            }

            switch (now.KindOf(other))
            {
                case TypeKind.FunctionPrototype:
                    Enqueue(then.ReturnTypeOf(one), now.ReturnTypeOf(other));
                    foreach (var (first, second) in then.ParametersOf(one).Zip(now.ParametersOf(other)))
                    {
                        Enqueue(first, second);
                    }

                    break;
                case TypeKind.Struct or TypeKind.Union:
                    foreach (var (first, second) in then.MembersOf(one).Zip(now.MembersOf(other)))
                    {
                        Enqueue(first.Type, second.Type);
                    }

                    break;
                case TypeKind.Pointer:
                    Enqueue(then.PointedTo(one), now.PointedTo(other));
                    break;
            }
        }

        return null;

        void Enqueue(int one, int other)
        {
            (one, other) = (then.Resolve(one), now.Resolve(other));
            if (one != 0 && other != 0 && seen.Add(other))
            {
                queue.Enqueue((one, other));
            }
        }
    }

    private static string? Difference(TypeTable then, TypeTable now, int one, int other)
    {
        if (now.KindOf(other) is not (TypeKind.Struct or TypeKind.Union) || then.KindOf(one) != now.KindOf(other))
        {
            return null;
        }

        var name = (now.KindOf(other) == TypeKind.Struct ? "struct " : "union ")
            + (now.NameOf(other) is { Length: > 0 } known ? known : "without a name");
        var (before, after) = (then.MembersOf(one), now.MembersOf(other));
        for (var i = 0; i < Math.Max(before.Length, after.Length); i++)
        {
            var (was, stands) = (i < before.Length ? before[i] : null, i < after.Length ? after[i] : null);
            if (was?.Name != stands?.Name || was?.Offset != stands?.Offset
                || (was is not null && stands is not null && TypeText(then, was.Type) != TypeText(now, stands.Type)))
            {
                return $"{name} has {Text(now, stands)} where it had {Text(then, was)} "
                    + $"({now.SizeOf(other)} bytes for {then.SizeOf(one)})";
            }
        }

        return null;
    }

    private static string Text(TypeTable types, StructMember? member) => member is null
        ? "nothing"
        : string.Create(
            CultureInfo.InvariantCulture,
            $"'{TypeText(types, member.Type)}{(member.Name.Length == 0 ? "" : " " + member.Name)}' at byte {member.Offset}");

    private static string Signature(TypeTable types, int prototype)
    {
        var parameters = types.ParametersOf(prototype).Select(type => TypeText(types, type));
        return $"{TypeText(types, types.ReturnTypeOf(prototype))}({string.Join(", ", parameters)})";
    }

    /// <summary>A type as C writes it, but for arrays and functions, which are only called that.</summary>
    private static string TypeText(TypeTable types, int type)
    {
        const int deepest = 16;
        var stars = "";
        for (var i = 0; i < deepest; i++)
        {
            switch (types.KindOf(type))
            {
                case TypeKind.Pointer:
                    stars += "*";
                    type = types.TargetOf(type);
                    break;
                case TypeKind.Constant or TypeKind.Volatile or TypeKind.Restrict or TypeKind.TypeTag:
                    type = types.TargetOf(type);
                    break;
                case TypeKind.Array:
                    return "array" + stars;
                case TypeKind.FunctionPrototype:
                    return "function" + stars;
                case TypeKind.None:
                    return "void" + stars;
                default:
                    return Kind(types.KindOf(type)) + types.NameOf(type) + stars;
            }
        }

        return "type" + stars;
    }

    private static string Kind(TypeKind kind) => kind switch
    {
        // a structure that one kernel only declares is none to genksyms either, but a pointer to it is called the same
        TypeKind.Struct or TypeKind.Forward => "struct ",
        TypeKind.Union => "union ",
        TypeKind.Enumeration or TypeKind.Enumeration64 => "enum ",
        _ => "",
    };
}
