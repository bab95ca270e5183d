using System.Text;
using KernelBuild.KernelImages.CrossReferences;

namespace KernelBuild.Cli.Kernels;

/// <summary>Paths of calls as one graph in Graphviz's language: a function once, each way between two of them once.</summary>
internal static class PathGraph
{
    public static string Of(IReadOnlyList<CallPath> paths)
    {
        var text = new StringBuilder("digraph calls {\n  rankdir=LR;\n  node [shape=box, fontname=\"monospace\", fontsize=10];\n  edge [fontname=\"sans-serif\", fontsize=8];\n");
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var path in paths)
        {
            Add($"  {Name(path.Steps[0])} [style=filled, fillcolor=\"#dbe9ff\"];\n");
            Add($"  {Name(path.Steps[^1])} [style=filled, fillcolor=\"#ffe2c4\"];\n");
            foreach (var (one, next) in path.Steps.Zip(path.Steps.Skip(1)))
            {
                Add($"  {Name(one)} -> {Name(next)}{Style(next)};\n");
            }
        }

        return text.Append("}\n").ToString();

        void Add(string line)
        {
            if (seen.Add(line))
            {
                text.Append(line);
            }
        }
    }

    private static string Style(CallStep step) => step.Reference?.Kind switch
    {
        ReferenceKind.ThroughPointer => $" [style=dashed, label={Quoted(step.Reference.Member + (step.Table.Length == 0 ? "" : "\n" + step.Table))}]",
        ReferenceKind.ByHash => $" [style=dashed, label={Quoted(step.Reference.Member)}]",
        ReferenceKind.Address => " [style=dotted, label=\"handed on\"]",
        _ => "",
    };

    /// <summary>Two static functions of one name are two nodes.</summary>
    private static string Name(CallStep step) => Quoted(step.Function + "\n" + KernelOptions.Hex(step.Address));

    private static string Quoted(string text) =>
        "\"" + text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal) + "\"";
}
