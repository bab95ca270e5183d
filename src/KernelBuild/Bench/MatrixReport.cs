namespace KernelBuild.Bench;

/// <summary>All cells of a matrix, series by series.</summary>
public sealed record MatrixReport(IReadOnlyList<MatrixCell> Cells)
{
    public bool Succeeded => Cells.All(cell => cell.Succeeded);
}
