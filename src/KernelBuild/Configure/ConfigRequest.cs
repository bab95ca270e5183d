namespace KernelBuild.Configure;

/// <summary>A line of a fragment: a symbol and the value asked for.</summary>
/// <param name="Symbol">With its CONFIG_ prefix.</param>
/// <param name="Value">As in .config: y, m, a number, or a string in quotes; "n" for off.</param>
/// <param name="File">The fragment.</param>
/// <param name="Line">Counted from 1.</param>
public sealed record ConfigRequest(string Symbol, string Value, string File, int Line)
{
    /// <summary>For which kernels, and whether the build can do without.</summary>
    public RequestScope Scope { get; init; } = RequestScope.Everywhere;
}
