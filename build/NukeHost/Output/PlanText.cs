using System.Globalization;
using System.Text;
using Nuke.Common.Execution;

namespace Nuke.Common.Output;

/// <summary>What <c>--plan</c> shows: the order, and the tree that says why each target is in it.</summary>
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
            AppendChildren(text, target, plan, "  ");
        }

        return text.ToString().TrimEnd('\n');
    }

    private static void AppendChildren(StringBuilder text, ExecutableTarget target, IReadOnlyList<ExecutableTarget> plan, string indent)
    {
        // The planner has refused circles: the recursion ends.
        var children = plan.Where(target.ExecutionDependencies.Contains).Select(child => (Target: child, Note: ""))
            .Concat(plan.Where(target.Triggers.Contains).Select(child => (Target: child, Note: "  (triggered)")))
            .ToList();
        for (var i = 0; i < children.Count; i++)
        {
            var isLast = i == children.Count - 1;
            text.Append(indent).Append(isLast ? "└── " : "├── ").Append(children[i].Target.Name).Append(children[i].Note).Append('\n');
            AppendChildren(text, children[i].Target, plan, indent + (isLast ? "    " : "│   "));
        }
    }
}
