using Nuke.Common.IO;
using Nuke.Common.Parameters;

namespace Nuke.Common;

/// <summary>Finds the root directory of the project.</summary>
internal static class RootLocator
{
    /// <summary>The directory that <c>--root</c> names, else NUKE_ROOT, else the nearest directory upwards that contains .nuke.</summary>
    /// <exception cref="UsageException">There is no such directory.</exception>
    public static AbsolutePath Find(CommandLine commandLine, HostContext context)
    {
        var named = commandLine.Options.GetValueOrDefault(BuiltInParameters.Root)
            ?? EnvironmentVariables.Find(BuiltInParameters.Root, context.Environment);
        if (named is not null)
        {
            AbsolutePath root = Path.Combine(context.WorkingDirectory, named.Texts[0]);
            return Directory.Exists(root)
                ? root
                : throw new UsageException($"the root directory {root} does not exist", "name a directory that exists after --root");
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
            "change to the project's directory, or name it: --root <directory>");
    }
}
