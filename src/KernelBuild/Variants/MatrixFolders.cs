namespace KernelBuild.Variants;

/// <summary>Where a matrix keeps what: below .work what a run needs, below artifacts what it made.</summary>
public sealed record MatrixFolders(string Root)
{
    public string Work => Path.Combine(Root, ".work", "matrix");

    /// <summary>Plan, results and, on a cluster, the script of one matrix.</summary>
    public string PlanFolder(string id) => Path.Combine(Work, "plans", id);

    public string PlanFile(string id) => Path.Combine(PlanFolder(id), "plan.json");

    /// <summary>A result for each cell that somebody got to.</summary>
    public string Results(string id) => Path.Combine(PlanFolder(id), "results");

    /// <summary>A locked folder for each key that is being built: nobody builds it a second time meanwhile.</summary>
    public string Claim(string key) => Path.Combine(Work, "claims", key);

    public string Lanes => Path.Combine(Work, "lanes");

    /// <summary>What builds of a device needed of memory.</summary>
    public string Needs => Path.Combine(Work, "needs.json");

    public string Reports => Path.Combine(Root, "artifacts", "matrix");

    /// <summary>The products of a cell.</summary>
    public string Products(VariantCell cell) => Path.Combine(Reports, "cells", cell.Name);
}
