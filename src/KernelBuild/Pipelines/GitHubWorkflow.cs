using System.Collections.Immutable;

namespace KernelBuild.Pipelines;

/// <summary>A workflow of GitHub Actions.</summary>
internal static class GitHubWorkflow
{
    /// <summary>
    /// Compilers that the build may install; their versions stand for the toolchain's digest, which is known only in the build.
    /// </summary>
    private const string Compilers = "clang-13 clang-14 clang-19 lld-19 gcc binutils make";

    public static string Write(PipelineOptions options, ImmutableArray<string> devices) => $$$"""
        {{{PipelineHeader.Of(options)}}}
        name: kernels
        on:
          push:
          pull_request:
          workflow_dispatch:
        permissions:
          contents: read
        concurrency:
          group: ${{ github.workflow }}-${{ github.ref }}
          cancel-in-progress: ${{ github.event_name == 'pull_request' }}
        jobs:
          kernel:
            name: ${{ matrix.device }}
            runs-on: ubuntu-24.04
            container: debian:12
            timeout-minutes: 120
            permissions:
              contents: read
              security-events: write
            strategy:
              fail-fast: false
              matrix:
                device: {{{List(devices)}}}
            env:
              CELL: ${{ matrix.device }}
        {{{Steps("kernel", $"BuildKernel{(options.Boot ? " BootTest" : "")} --device \"$CELL\" --sarif reports/findings.sarif", "", "artifacts/${{ matrix.device }}/")}}}
        {{{(options.Series.IsEmpty ? "" : Patches(options, devices))}}}
        """.TrimEnd('\n') + "\n";

    private static string Patches(PipelineOptions options, ImmutableArray<string> devices) => $$$"""
          patches:
            name: ${{ matrix.device }} with ${{ matrix.series }}
            runs-on: ubuntu-24.04
            container: debian:12
            timeout-minutes: 120
            permissions:
              contents: read
              security-events: write
            strategy:
              fail-fast: false
              matrix:
                device: {{{List(devices)}}}
                series: {{{List(options.Series)}}}
            env:
              CELL: ${{ matrix.device }}
              SERIES: ${{ matrix.series }}
        {{{Steps(
            "patches", $"TestPatches --device \"$CELL\" --series \"$SERIES\" --build{(options.Boot ? " --boot" : "")} --sarif reports/findings.sarif",
            "-${{ matrix.series }}", "artifacts/patches/")}}}
        """;

    /// <param name="suffix">Behind the device in names that each job of the matrix has for itself.</param>
    private static string Steps(string job, string command, string suffix, string products) => $$$"""
            steps:
              - name: programs that check-out and .NET want, and the compilers' versions
                id: host
                run: |
                  apt-get update
                  apt-get install -y --no-install-recommends git ca-certificates curl libicu72
                  echo "KERNELBUILD_CACHE=$GITHUB_WORKSPACE/.cache/kernelbuild" >> "$GITHUB_ENV"
                  toolchain=$(apt-cache policy {{{Compilers}}} | grep -E '^[a-z]|Candidate' | sha256sum | cut -c1-16)
                  echo "toolchain=$toolchain" >> "$GITHUB_OUTPUT"
              - uses: actions/checkout@v4.2.2
              - uses: actions/setup-dotnet@v4.3.1
                with:
                  dotnet-version: 10.0.x
              # what the lock file names does not change: the same key, the same contents
              - name: source store
                uses: actions/cache@v4.2.3
                with:
                  path: |
                    .cache/kernelbuild/store.git
                    .cache/kernelbuild/downloads
                  key: source-${{ matrix.device }}-${{ hashFiles(format('kernels/{0}/{0}.lock.json', matrix.device)) }}
                  restore-keys: source-${{ matrix.device }}-
              # each run stores what it has added; the newest of the same toolchain is found first
              - name: compiler cache
                uses: actions/cache@v4.2.3
                with:
                  path: .cache/kernelbuild/ccache
                  key: ccache-{{{job}}}-${{ matrix.device }}{{{suffix}}}-${{ steps.host.outputs.toolchain }}-${{ github.run_id }}
                  restore-keys: |
                    ccache-{{{job}}}-${{ matrix.device }}{{{suffix}}}-${{ steps.host.outputs.toolchain }}-
                    {{{(job == "kernel" ? "" : "ccache-kernel-${{ matrix.device }}-${{ steps.host.outputs.toolchain }}-")}}}
              - name: build
                run: |
                  mkdir -p reports
                  ./nuke.sh {{{command}}} --junit reports/junit.xml
              - name: products and reports
                if: always()
                uses: actions/upload-artifact@v4.6.2
                with:
                  name: {{{job}}}-${{ matrix.device }}{{{suffix}}}
                  path: |
                    {{{products}}}
                    reports/
                  if-no-files-found: ignore
              # a fork's pull request may not write findings
              - name: findings
                if: always() && hashFiles('reports/findings.sarif') != '' && github.event.pull_request.head.repo.fork != true
                uses: github/codeql-action/upload-sarif@v3.28.18
                with:
                  sarif_file: reports/findings.sarif
                  category: {{{job}}}-${{ matrix.device }}{{{suffix}}}
        """;

    /// <summary>Names in quotes: 6.1 alone would be a number.</summary>
    private static string List(ImmutableArray<string> names) => $"[{string.Join(", ", names.Select(name => $"'{name}'"))}]";
}
