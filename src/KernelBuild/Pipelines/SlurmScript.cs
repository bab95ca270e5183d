using System.Collections.Immutable;

namespace KernelBuild.Pipelines;

/// <summary>A script that submits itself to Slurm: an array of jobs, one for each cell, and one more that joins their reports.</summary>
internal static class SlurmScript
{
    /// <param name="devices">A job for each; and one for all series, as that target is a matrix itself and has one report.</param>
    public static string Write(PipelineOptions options, ImmutableArray<string> devices) => Write(
        options,
        [
            .. devices.Select(device => (
                $"kernel-{device}", new PipelineCell(device, null).Arguments(options.Boot), $".work/{device}/summary.md")),
            .. options.Series.IsEmpty ? [] : ((string, string, string)[])
            [
                (
                    "patches",
                    $"TestPatches --device {string.Join(' ', devices)} --series {string.Join(' ', options.Series)} --build"
                        + (options.Boot ? " --boot" : ""),
                    "artifacts/patches/report.md"),
            ],
        ]);

    private static string Write(PipelineOptions options, ImmutableArray<(string Name, string Arguments, string Summary)> cells) => $$$"""
        #!/bin/bash
        {{{PipelineHeader.Of(options)}}}
        # Usage, in the repository on a file system that all nodes share: slurm/kernels.sh [OPTION OF sbatch]...
        # Prints the numbers of the array and of the job that joins; the latter's exit code is 0 when every cell's was.
        set -euo pipefail
        names=({{{string.Join(' ', cells.Select(cell => $"'{cell.Name}'"))}}})
        cells=(
        {{{string.Concat(cells.Select(cell => $"    '{cell.Arguments}'\n"))}}})
        summaries=({{{string.Join(' ', cells.Select(cell => $"'{cell.Summary}'"))}}})

        case ${KERNELBUILD_STEP:-submit} in
        submit)
            KERNELBUILD_ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
            export KERNELBUILD_ROOT
            mkdir -p "$KERNELBUILD_ROOT/artifacts/slurm"
            output=$KERNELBUILD_ROOT/artifacts/slurm
            array=$(KERNELBUILD_STEP=cell sbatch --parsable --job-name=kernels --array="0-$((${#cells[@]} - 1))" \
                --output="$output/%A_%a.log" --time=04:00:00 --export=ALL "$@" "${BASH_SOURCE[0]}")
            array=${array%%;*}
            join=$(KERNELBUILD_STEP=join KERNELBUILD_ARRAY=$array sbatch --parsable --job-name=kernels-join \
                --dependency="afterany:$array" --output="$output/${array}_join.log" --time=00:10:00 --export=ALL "$@" "${BASH_SOURCE[0]}")
            echo "$array ${join%%;*}"
            ;;
        cell)
            cd "$KERNELBUILD_ROOT"
            reports=artifacts/slurm/$SLURM_ARRAY_JOB_ID/${names[SLURM_ARRAY_TASK_ID]}
            mkdir -p "$reports"
            read -ra arguments <<< "${cells[SLURM_ARRAY_TASK_ID]}"
            status=0
            ./nuke.sh "${arguments[@]}" --jobs "${SLURM_CPUS_PER_TASK:-${SLURM_CPUS_ON_NODE:-1}}" \
                --sarif "$reports/findings.sarif" --junit "$reports/junit.xml" || status=$?
            cp "${summaries[SLURM_ARRAY_TASK_ID]}" "$reports/summary.md" 2>/dev/null || true
            echo "$status" > "$reports/status"
            exit "$status"
            ;;
        join)
            cd "$KERNELBUILD_ROOT/artifacts/slurm/$KERNELBUILD_ARRAY" || { echo "no cell has begun"; exit 1; }
            failed=0
            { echo "| cell | exit code |"; echo "| --- | --- |"; } > summary.md
            for name in "${names[@]}"; do
                status=$(cat "$name/status" 2>/dev/null || echo "none: the job was ended")
                echo "| $name | $status |" >> summary.md
                [ "$status" = 0 ] || failed=1
            done
            for name in "${names[@]}"; do
                [ ! -f "$name/summary.md" ] || { printf '\n# %s\n\n' "$name"; cat "$name/summary.md"; } >> summary.md
            done
            cat summary.md
            exit "$failed"
            ;;
        esac
        """ + "\n";
}
