using Nuke.Common.Execution;
using Nuke.Common.IO;

namespace Nuke.Common.Parameters;

/// <summary>Keeps .nuke/build.schema.json up with the build.</summary>
internal static class SchemaFile
{
    /// <summary>
    /// Writes the schema where its content differs. Its content can only differ when an assembly does: as long as the stamp in
    /// .nuke/temp holds the ids of both modules, nothing is rendered.
    /// </summary>
    /// <returns>Whether the schema was rendered.</returns>
    public static bool Refresh(AbsolutePath root, Type build, IReadOnlyList<Parameter> own, IReadOnlyList<ExecutableTarget> targets)
    {
        var schema = root / ".nuke" / "build.schema.json";
        var stamp = root / ".nuke" / "temp" / "build.schema.stamp";
        var id = $"{build.Module.ModuleVersionId:N} {typeof(SchemaFile).Module.ModuleVersionId:N}\n";
        try
        {
            if (schema.FileExists() && stamp.FileExists() && stamp.ReadAllText() == id)
            {
                return false;
            }

            var text = BuildSchema.Render(own, targets);
            if (!schema.FileExists() || schema.ReadAllText() != text)
            {
                Replace(schema, root, text);
            }

            Replace(stamp, root, id);
            return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // An editor's convenience: a tree that cannot be written to is built all the same.
            return false;
        }
    }

    private static void Replace(AbsolutePath file, AbsolutePath root, string text)
    {
        var temporary = root / ".nuke" / "temp" / $"{file.Name}.{Environment.ProcessId}.tmp";
        temporary.WriteAllText(text);
        File.Move(temporary, file, overwrite: true);
    }
}
