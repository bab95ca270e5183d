using KernelBuild.Host.Files;

namespace KernelBuild.Variants;

/// <summary>
/// The script of a matrix on Slurm: a task of an array for each cell, and a job that joins. Both start the compiled build, so that no two
/// nodes compile it at once.
/// </summary>
internal static class ClusterScript
{
    /// <param name="buildAssembly">_build.dll, on the shared file system.</param>
    public static string Write(string folder, string rootFolder, string buildAssembly)
    {
        var path = Path.Combine(folder, "run.sh");
        AtomicFile.Write(path, $"""
            #!/bin/bash
            # One step of a matrix: MatrixCell for a task of the array, MatrixJoin for the job behind it.
            set -u
            export DOTNET_TieredPGO=0
            number=()
            if [ -n "${"{KERNELBUILD_TODO:-}"}" ]; then
                number=(--matrix-cell "$(sed -n "$((SLURM_ARRAY_TASK_ID + 1))p" "$KERNELBUILD_TODO")")
            fi
            # exec: the signals of scancel and of a requeue go to the build itself
            exec dotnet {Quoted(buildAssembly)} "$KERNELBUILD_STEP" "${"{number[@]}"}" \
                --matrix-plan {Quoted(Path.Combine(folder, "plan.json"))} \
                --root {Quoted(rootFolder)} --host Slurm $KERNELBUILD_OPTIONS

            """);
        return path;
    }

    private static string Quoted(string text) => "'" + text.Replace("'", "'\\''", StringComparison.Ordinal) + "'";
}
