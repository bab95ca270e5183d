namespace KernelBuild.Kconfig;

/// <summary>Symbols of which one is on.</summary>
/// <param name="entry">Its declaration, with prompt, conditions and defaults, each of which names a member.</param>
public sealed class KconfigChoice(KconfigEntry entry)
{
    private readonly List<KconfigSymbol> _members = [];

    public KconfigEntry Entry => entry;

    /// <summary>Whether its members can be modules, each for itself.</summary>
    public bool IsTristate { get; internal set; }

    internal bool HasType { get; init; }

    /// <summary>Whether none of them may be on.</summary>
    public bool IsOptional { get; internal set; }

    public IReadOnlyList<KconfigSymbol> Members => _members;

    /// <summary>A choice without a type has that of its first member, and a member without one that of the choice.</summary>
    internal void SettleTypes()
    {
        IsTristate |= !HasType && _members.Count > 0 && _members[0].Type == KconfigType.Tristate;
        foreach (var member in _members.Where(member => member.Type == KconfigType.Unknown))
        {
            member.Type = IsTristate ? KconfigType.Tristate : KconfigType.Boolean;
        }
    }

    internal void Add(KconfigSymbol member) => _members.Add(member);
}
