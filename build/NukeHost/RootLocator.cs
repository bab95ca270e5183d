using Nuke.Common.IO;
using Nuke.Common.Parameters;

namespace Nuke.Common;

/// <summary>Finds the directory that the build is about.</summary>
internal static class RootLocator
{
    /// <summary>What <c>--root</c> names, else NUKE_ROOT, else the nearest directory upwards that has .nuke in it.</summary>
    /// <exception cref="UsageException">There is none.</exception>
    public static AbsolutePath Find(HostContext context)
    {
        // The command line is not parsed yet: static fields of the build may ask for the root before Main has begun.
        for (var i = context.Arguments.Count - 1; i >= 0; i--)
        {
            if (context.Arguments[i].StartsWith('-') && BuiltInParameters.Root.IsNamed(context.Arguments[i]))
            {
                var hasValue = i + 1 < context.Arguments.Count && !context.Arguments[i + 1].StartsWith('-');
                return Existing(context, hasValue ? context.Arguments[i + 1] : ".");
            }
        }

        if (EnvironmentVariables.Find(BuiltInParameters.Root, context.Environment) is { } variable)
        {
            return Existing(context, variable.Texts[0]);
        }

        for (AbsolutePath? directory = context.WorkingDirectory; directory is not null; directory = directory.Parent)
        {
            if (Path.Exists(directory / ".nuke"))
            {
                return directory;
            }
        }

        throw new UsageException(
            $"there is no directory .nuke in {context.WorkingDirectory} or above it",
            "change into the project's directory, or name it: --root <directory>");
    }

    private static AbsolutePath Existing(HostContext context, string path)
    {
        var root = AbsolutePath.Create(Path.Combine(context.WorkingDirectory, path));
        return root.DirectoryExists()
            ? root
            : throw new UsageException($"the root directory {root} does not exist", "name a directory that exists after --root");
    }
}
