using System.Collections.Immutable;

namespace KernelBuild.Pipelines;

/// <summary>A pipeline of GitLab CI: a job for each cell, as keys of caches that are made of files cannot contain variables.</summary>
internal static class GitLabPipeline
{
    public static string Write(PipelineOptions options, ImmutableArray<PipelineCell> cells) => $$"""
        {{PipelineHeader.Of(options)}}
        workflow:
          rules:
            - if: $CI_PIPELINE_SOURCE == "merge_request_event"
            - if: $CI_COMMIT_BRANCH && $CI_OPEN_MERGE_REQUESTS
              when: never
            - if: $CI_COMMIT_BRANCH
        stages: [kernels]
        .kernels:
          stage: kernels
          image: debian:12
          timeout: 2 hours
          interruptible: true
          variables:
            KERNELBUILD_CACHE: $CI_PROJECT_DIR/.cache/kernelbuild
          before_script:
            - |
              if ! command -v git >/dev/null || ! command -v curl >/dev/null; then
                apt-get update
                apt-get install -y --no-install-recommends git ca-certificates curl libicu72
              fi
            - |
              if ! command -v dotnet >/dev/null; then
                curl -fsSL -o dotnet-install.sh https://dot.net/v1/dotnet-install.sh
                bash dotnet-install.sh --channel 10.0 --install-dir "$HOME/.dotnet"
                export PATH="$HOME/.dotnet:$PATH"
              fi
            - mkdir -p reports
        {{string.Concat(cells.Select(cell => Job(options, cell)))}}
        """.TrimEnd('\n') + "\n";

    private static string Job(PipelineOptions options, PipelineCell cell) => $$"""
        '{{(cell.Series is null ? $"kernel:{cell.Device}" : $"patches:{cell.Device}:{cell.Series}")}}':
          extends: .kernels
          script:
            - ./nuke.sh {{cell.Arguments(options.Boot)}} --sarif reports/findings.sarif --junit reports/junit.xml
          cache:
            # what the lock file names does not change: the same key, the same contents
            - key:
                prefix: source-{{cell.Device}}
                files: [kernels/{{cell.Device}}/{{cell.Device}}.lock.json]
              paths: [.cache/kernelbuild/store.git, .cache/kernelbuild/downloads]
            # stored again after each run; entries of another toolchain are never taken, as ccache asks for its digest
            - key: ccache-{{cell.Name}}
              {{(cell.Series is null ? "paths" : $"fallback_keys: [ccache-{cell.Device}]\n      paths")}}: [.cache/kernelbuild/ccache]
              when: always
          artifacts:
            when: always
            expire_in: 30 days
            paths: [{{(cell.Series is null ? $"artifacts/{cell.Device}/" : "artifacts/patches/")}}, .work/{{cell.Device}}/summary.md, reports/]
            reports:
              junit: reports/junit.xml

        """;
}
