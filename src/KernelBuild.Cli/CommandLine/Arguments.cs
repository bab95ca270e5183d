using System.CommandLine;

namespace KernelBuild.Cli.CommandLine;

/// <summary>Arguments that many commands have.</summary>
internal static class Arguments
{
    /// <summary>One file or more.</summary>
    public static Argument<string[]> Files(string description)
    {
        var files = new Argument<string[]>("FILE") { Description = description, Arity = ArgumentArity.OneOrMore };
        RefuseOptions(files);
        return files;
    }

    /// <summary>Exactly one file.</summary>
    public static Argument<string> File(string name, string description)
    {
        var file = new Argument<string>(name) { Description = description };
        RefuseOptions(file);
        return file;
    }

    /// <summary>An option with a text.</summary>
    public static Option<string?> Text(string name, string description, params string[] aliases) =>
        new(name, aliases) { Description = description };

    private static void RefuseOptions(Argument argument) => argument.Validators.Add(result =>
    {
        // The parser takes an option it does not know for a file.
        foreach (var token in result.Tokens.Where(token => token.Value.StartsWith('-')))
        {
            result.AddError($"There is no option {token.Value}; a file of that name is written ./{token.Value}.");
        }
    });
}
