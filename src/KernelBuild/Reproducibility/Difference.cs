namespace KernelBuild.Reproducibility;

/// <summary>A difference between the products of two builds.</summary>
/// <param name="File">Below the folders.</param>
/// <param name="Part">A section, a region or an entry of it; the whole file when it has none.</param>
/// <param name="Cause">One of <see cref="DifferenceCause"/>.</param>
/// <param name="Detail">What stands there, for a person; may be empty.</param>
public sealed record Difference(string File, string Part, string Cause, string Detail = "")
{
    public override string ToString() => $"{File}, {Part}: {Cause}{(Detail.Length > 0 ? $" ({Detail})" : "")}";
}
