using System.Globalization;
using System.Text;
using Nuke.Common.Execution;

namespace Nuke.Common.Output;

/// <summary>What <c>--plan</c> shows: the order, and for each invoked target the tree of its dependencies.</summary>
internal static class PlanText
{
    public static string Render(IReadOnlyList<ExecutableTarget> plan)
    {
        var text = new StringBuilder("Order of execution:\n\n");
        for (var i = 0; i < plan.Count; i++)
        {
            var note = plan[i].Status == ExecutionStatus.Skipped ? "  (skipped)" : "";
            text.Append(CultureInfo.InvariantCulture, $"  {i + 1,2}. {plan[i].Name}{note}\n");
        }

        text.Append("\nBecause of:\n");
        foreach (var target in plan.Where(target => target.Invoked))
        {
            text.Append("\n  ").Append(target.Name).Append('\n');
            AppendDependencies(text, target, plan, "  ");
        }

        return text.ToString().TrimEnd('\n');
    }

    private static void AppendDependencies(StringBuilder text, ExecutableTarget target, IReadOnlyList<ExecutableTarget> plan, string indent)
    {
        var dependencies = plan.Where(target.ExecutionDependencies.Contains).ToList();
        foreach (var dependency in dependencies)
        {
            var isLast = dependency == dependencies[^1];
            text.Append(indent).Append(isLast ? "└── " : "├── ").Append(dependency.Name).Append('\n');
            AppendDependencies(text, dependency, plan, indent + (isLast ? "    " : "│   "));
        }
    }
}
