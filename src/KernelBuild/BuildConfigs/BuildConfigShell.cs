using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using KernelBuild.Device;
using KernelBuild.Diagnostics;
using KernelBuild.Toolchains;

namespace KernelBuild.BuildConfigs;

/// <summary>
/// bash, sourcing build.config files in an empty environment as AOSP's build/_setup_env.sh does: with ROOT_DIR, KERNEL_DIR, OUT_DIR and
/// the function append_cmd, and everything that they set exported.
/// </summary>
/// <remarks>A PATH of utilities only. The files are scripts of the source, as its makefiles are.</remarks>
internal sealed partial class BuildConfigShell(DeviceBuild device, Toolchain tools)
{
    /// <summary>
    /// Arguments: where env is, where the answer goes, the files. The answer is written however the files end; ".end" beside it only
    /// after the last one.
    /// </summary>
    private const string Source = $$"""
        __kernelbuild_env=$1 __kernelbuild_answer=$2
        __kernelbuild_files=("${@:3}")
        set --
        {{Functions}}
        trap '"$__kernelbuild_env" -0 >"$__kernelbuild_answer"' EXIT
        {{SourceFiles}}
        : >"$__kernelbuild_answer.end"
        """;

    /// <summary>append_cmd VARIABLE COMMAND, which build.config files may call: AOSP's joins by "&amp;&amp;".</summary>
    internal const string Functions = """
        append_cmd() { if [[ -n ${!1} ]]; then printf -v "$1" '%s && %s' "${!1}" "$2"; else printf -v "$1" '%s' "$2"; fi; }
        """;

    /// <summary>The files, then those of BUILD_CONFIG_FRAGMENTS.</summary>
    internal const string SourceFiles = """
        set -a
        for __kernelbuild_file in "${__kernelbuild_files[@]}"; do . "$__kernelbuild_file"; done
        for __kernelbuild_file in ${BUILD_CONFIG_FRAGMENTS}; do . "${ROOT_DIR}/$__kernelbuild_file"; done
        set +a
        """;

    private readonly List<string> _said = [];

    /// <summary>What the files and bash wrote to standard error.</summary>
    public IReadOnlyList<string> Said => _said;

    /// <summary>Sources the files of the device.</summary>
    /// <exception cref="DiagnosticException">KB4011 with bash's message, file and line.</exception>
    public async Task<SourcedBuildConfig> SourceAsync(CancellationToken cancellationToken)
    {
        var files = BuildConfigFiles.Of(device);
        var kernelDir = BuildConfigFiles.KernelDirOf(device, files);
        var (variables, ended, exitCode) = await RunAsync(device.Folders.Tree, files, kernelDir, cancellationToken);
        if (variables.GetValueOrDefault("KERNEL_DIR", "") is { Length: > 0 } said && IsMissing(said))
        {
            // the files name the folder that AOSP's manifest puts the kernel in, and this source is the kernel alone
            ShadowTree.Make(device, BuildConfigFiles.AliasesOf(said));
            _said.Clear();
            (variables, ended, exitCode) = await RunAsync(device.Folders.Shadow, files, kernelDir, cancellationToken);
        }

        return Failure(ended, exitCode, variables) is { } failure ? throw new DiagnosticException(failure)
            : new SourcedBuildConfig(variables);
    }

    /// <summary>The variables that AOSP's scripts have set when they source the files.</summary>
    /// <param name="root">ROOT_DIR: the work tree, or its shadow.</param>
    internal static ImmutableSortedDictionary<string, string> EnvironmentOf(
        DeviceBuild device, string root, IReadOnlyList<string> files, string kernelDir, string path)
    {
        var environment = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        environment["PATH"] = path;
        environment["LC_ALL"] = "C";
        environment["TZ"] = "UTC";
        environment["ROOT_DIR"] = root;
        environment["KERNEL_DIR"] = kernelDir;
        environment["BUILD_CONFIG"] = Path.GetRelativePath(device.Folders.Tree, files[0]);
        environment["OUT_DIR"] = device.Folders.Output;
        environment["COMMON_OUT_DIR"] = device.Folders.Output;
        return environment.ToImmutable();
    }

    /// <summary>A path of the work tree below another root.</summary>
    internal static string Below(DeviceBuild device, string root, string file) =>
        file.StartsWith(device.Folders.Tree + "/", StringComparison.Ordinal) ? root + file[device.Folders.Tree.Length..] : file;

    private bool IsMissing(string kernelDir) =>
        !Path.IsPathRooted(kernelDir)
        && !kernelDir.Split('/').Contains("..")
        && device.KernelFolder.Length == 0
        && !Directory.Exists(Path.Combine(device.Folders.Tree, kernelDir));

    private async Task<(ImmutableSortedDictionary<string, string> Variables, bool Ended, int ExitCode)> RunAsync(
        string root, IReadOnlyList<string> files, string kernelDir, CancellationToken cancellationToken)
    {
        var answer = Path.Combine(device.Folders.Work, "build.config.env");
        File.Delete(answer);
        File.Delete(answer + ".end");
        var command = tools.Command("bash") with
        {
            Environment = EnvironmentOf(device, root, files, kernelDir, tools.Folder),
            WorkingDirectory = root,
            OnError = line => _said.Add(line.Replace(device.Folders.Shadow + "/", device.Folders.Tree + "/", StringComparison.Ordinal)),
            AnswerCodes = [.. Enumerable.Range(1, 255)],
        };
        var result = await command
            .WithArguments("--noprofile", "--norc", "-c", Source, "build.config", Path.Combine(tools.Folder, "env"), answer)
            .WithArguments(files.Select(file => Below(device, root, file)))
            .RunAsync(cancellationToken);
        var text = File.Exists(answer) ? Encoding.UTF8.GetString(await File.ReadAllBytesAsync(answer, cancellationToken)) : "";
        var ended = File.Exists(answer + ".end");
        File.Delete(answer);
        File.Delete(answer + ".end");
        return (Parse(text.Replace(device.Folders.Shadow, device.Folders.Tree, StringComparison.Ordinal)), ended, result.ExitCode);
    }

    /// <summary>What env -0 prints, without exported functions and what is the shell's own.</summary>
    internal static ImmutableSortedDictionary<string, string> Parse(string environment) => environment
        .Split('\0', StringSplitOptions.RemoveEmptyEntries)
        .Select(entry => entry.Split('=', 2))
        .Where(entry => entry.Length == 2 && !IsOfShell(entry[0]))
        .ToImmutableSortedDictionary(entry => entry[0], entry => entry[1], StringComparer.Ordinal);

    private static bool IsOfShell(string name) =>
        name is "_" or "SHLVL" or "PWD" or "OLDPWD"
        || name.StartsWith("__kernelbuild_", StringComparison.Ordinal)
        || name.StartsWith("BASH_FUNC_", StringComparison.Ordinal);

    /// <summary>What bash itself complained of; it goes on after most of it, which would leave variables without their value.</summary>
    private Diagnostic? Failure(bool ended, int exitCode, ImmutableSortedDictionary<string, string> variables)
    {
        var complaint = _said.Select(line => Complaint().Match(line)).FirstOrDefault(match => match.Success);
        if (complaint is null)
        {
            return ended ? null : Diagnostic.Error(
                DiagnosticCodes.BuildConfigFailed,
                string.Create(CultureInfo.InvariantCulture, $"'{device.BuildConfigs[0]}' ended the shell with exit code {exitCode}"),
                "see what it printed; a variable that it asks for can be set in a build.config of the project's own, named before it") with
            { File = device.ProjectFile, Details = [.. _said] };
        }

        var text = complaint.Groups["text"].Value;
        return Diagnostic.Error(
            DiagnosticCodes.BuildConfigFailed, $"bash cannot source '{device.BuildConfigs[0]}': {text}", FixOf(text, variables)) with
        {
            File = complaint.Groups["file"].Value is var file && Path.IsPathRooted(file) ? Path.GetFullPath(file) : device.ProjectFile,
            Line = Path.IsPathRooted(file) ? int.Parse(complaint.Groups["line"].Value, CultureInfo.InvariantCulture) : 0,
            Details = [.. _said],
        };
    }

    private static string FixOf(string text, ImmutableSortedDictionary<string, string> variables)
    {
        if (text.EndsWith(": command not found", StringComparison.Ordinal) && text.Split(':')[0] is { Length: > 0 } program
            && !program.Contains('/', StringComparison.Ordinal))
        {
            return $"its PATH holds the programs of the build only; if '{program}' is a program of this host: <BuildProgram "
                + $"Include=\"{program}\" />";
        }

        return text.EndsWith(": No such file or directory", StringComparison.Ordinal)
            ? $"ROOT_DIR is the source's top and KERNEL_DIR is '{variables.GetValueOrDefault("KERNEL_DIR", "")}' there: the source "
                + $"must hold the "
                + "file, or the KernelFolder of the KernelSource item name the kernel's folder"
            : "correct the file, by a patch series if it is of the source, or name another one";
    }

    /// <summary>A message of bash after which variables lack their value; others, as of a test with an empty word, change
    /// nothing.</summary>
    [GeneratedRegex(
        @"^(?<file>.+?): line (?<line>\d+): (?<text>.*(command not found|No such file or directory|Permission denied|Is a "
            + "directory|syntax error.*|unexpected EOF.*|"
        + @"bad substitution|unbound variable|cannot execute.*))$",
        RegexOptions.CultureInvariant)]
    private static partial Regex Complaint();
}
