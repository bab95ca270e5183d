using System.Reflection;

namespace Nuke.Common.Parameters;

/// <summary>Reads the parameters of a build class.</summary>
internal static class OwnParameters
{
    /// <summary>Fields and properties that carry <see cref="ParameterAttribute"/>, those of base classes included, by name.</summary>
    public static IReadOnlyList<Parameter> Of(Type build)
    {
        const BindingFlags Declared =
            BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;
        var parameters = new SortedDictionary<string, Parameter>(StringComparer.OrdinalIgnoreCase);
        for (var type = build; type is not null && type != typeof(NukeBuild); type = type.BaseType)
        {
            foreach (var field in type.GetFields(Declared))
            {
                Add(field, field.FieldType);
            }

            foreach (var property in type.GetProperties(Declared))
            {
                Add(property, property.PropertyType);
            }
        }

        return [.. parameters.Values];

        void Add(MemberInfo member, Type type)
        {
            if (type != typeof(Target) && member.GetCustomAttribute<ParameterAttribute>() is { } attribute)
            {
                var name = attribute.Name ?? member.Name;
                parameters.TryAdd(name, new Parameter(name, type, attribute.Description?.TrimEnd('.') ?? "")
                {
                    Member = member,
                    Separator = attribute.Separator,
                    IsRequired = member.IsDefined(typeof(RequiredAttribute)),
                    IsSecret = member.IsDefined(typeof(SecretAttribute)),
                });
            }
        }
    }

    /// <summary>Sets the member, also where it is read-only to the build itself.</summary>
    public static void Set(object build, MemberInfo member, object? value)
    {
        switch (member)
        {
            case FieldInfo field:
                field.SetValue(build, value);
                break;
            case PropertyInfo { CanWrite: true } property:
                property.SetValue(build, value);
                break;
            default:
                var backing = member.DeclaringType!.GetField(
                    $"<{member.Name}>k__BackingField", BindingFlags.Instance | BindingFlags.Static | BindingFlags.NonPublic);
                (backing ?? throw new InvalidOperationException($"Parameter {member.Name} can be neither written nor backed by a field"))
                    .SetValue(build, value);
                break;
        }
    }

    public static object? Get(object? build, MemberInfo member) =>
        member is FieldInfo field ? field.GetValue(build) : ((PropertyInfo)member).GetValue(build);
}
