using System.Text;
using Nuke.Common.Execution;
using Nuke.Common.Parameters;

namespace Nuke.Common.Output;

/// <summary>What <c>--help</c> shows.</summary>
internal static class HelpText
{
    private const int Width = 88;

    /// <summary>Targets in the order of declaration, then the build's own parameters by name, then those that every build has.</summary>
    public static string Render(IReadOnlyList<ExecutableTarget> targets, IReadOnlyList<Parameter> own, IReadOnlyList<Parameter> builtIn)
    {
        var text = new StringBuilder("Targets (with their direct dependencies):\n\n");
        var listed = targets.Where(target => !target.Definition.IsUnlisted).ToList();
        var names = listed.ConvertAll(target => target.IsDefault ? target.Name + " (default)" : target.Name);
        var column = Math.Max(20, names.Select(name => name.Length).DefaultIfEmpty().Max());
        foreach (var (target, name) in listed.Zip(names))
        {
            var dependencies = string.Join(", ", target.ExecutionDependencies.Select(dependency => dependency.Name));
            text.Append("  ").Append(dependencies.Length == 0 ? name : $"{name.PadRight(column)} -> {dependencies}").Append('\n');
            if (target.Description is { Length: > 0 } description)
            {
                Wrap(text, "    ", description.TrimEnd('.') + ".", "    ");
            }
        }

        text.Append("\nParameters:\n\n");
        var width = own.Concat(builtIn).Max(parameter => parameter.OptionName.Length);
        foreach (var parameter in own)
        {
            Append(text, parameter, width);
        }

        if (own.Count > 0)
        {
            text.Append('\n');
        }

        var defaults = string.Join(" ", targets.Where(target => target.IsDefault).Select(target => target.Name));
        foreach (var parameter in builtIn)
        {
            Append(text, parameter, width, defaults);
        }

        return text.ToString().TrimEnd('\n');
    }

    private static void Append(StringBuilder text, Parameter parameter, int width, string defaultTarget = "")
    {
        var description = parameter.Description.Length == 0 ? "<no description>" : parameter.Description + ".";
        Wrap(
            text,
            $"  --{parameter.OptionName.PadRight(width)}   ",
            description.Replace("{default_target}", defaultTarget, StringComparison.Ordinal),
            new string(' ', width + 7));
    }

    /// <summary>Words, as many to a line as fit; a word longer than a line gets one of its own.</summary>
    private static void Wrap(StringBuilder text, string first, string words, string indent)
    {
        text.Append(first);
        var column = first.Length;
        var isFirst = true;
        foreach (var word in words.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (!isFirst && column + 1 + word.Length > Width)
            {
                text.Append('\n').Append(indent);
                column = indent.Length;
            }
            else if (!isFirst)
            {
                text.Append(' ');
                column++;
            }

            text.Append(word);
            column += word.Length;
            isFirst = false;
        }

        text.Append('\n');
    }
}
