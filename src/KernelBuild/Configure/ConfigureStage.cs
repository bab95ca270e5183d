using System.Globalization;
using System.Text.Json.Serialization.Metadata;
using KernelBuild.BuildConfigs;
using KernelBuild.Device;
using KernelBuild.Diagnostics;
using KernelBuild.Git.Objects;
using KernelBuild.Git.Repositories;
using KernelBuild.Host.Files;
using KernelBuild.Host.Reporting;
using KernelBuild.Kconfig;
using KernelBuild.Stages;
using KernelBuild.Toolchains;

namespace KernelBuild.Configure;

/// <summary>Defconfig and fragments become .config, completed by the kernel's own conf and audited afterwards.</summary>
/// <remarks>KB3001 to KB3007; all symbols that did not get their value at once.</remarks>
public sealed class ConfigureStage(DeviceBuild device, GitStore store, Toolchain toolchain, StageRecords records, IBuildLog log)
    : Stage<GitObjectId, ConfiguredKernel>(records)
{
    private readonly ConfigRequest[] _requests = [.. RequestsOfProject(device), .. SigningKey.Requests(device)];

    protected override string Name => "configure";

    protected override int Version => 2;

    protected override JsonTypeInfo<ConfiguredKernel> ResultType => ConfigureJson.Default.ConfiguredKernel;

    private string DotConfig => Path.Combine(device.Folders.Output, ".config");

    private static IEnumerable<ConfigRequest> RequestsOfProject(DeviceBuild device)
    {
        if (device.ConfigFragments.IsEmpty)
        {
            return [];
        }

        var kernel = SourceVersion.Read(device.KernelRoot);
        return device.ConfigFragments.SelectMany(file => ConfigFragment.Load(file, kernel));
    }

    protected override async ValueTask AddInputsAsync(ContentKey key, GitObjectId input, CancellationToken cancellationToken)
    {
        key.Add("arch", device.Architecture)
            .Add("make", Make.KeyOf(device, toolchain, device.Defconfigs))
            .Add("modules", device.Modules ? "yes" : "no")
            .Add("toolchain", toolchain.Digest)
            .Add("tree", device.DefconfigCommands is null ? await ConfigurationInputsAsync(input, cancellationToken) : input.ToString());
        if (device.DefconfigCommands is { } commands)
        {
            key.Add("before", commands.Before).Add("after", commands.After).Add("build.config", string.Join('\n', device.BuildConfigs));
        }

        foreach (var file in device.BuildConfigs.Where(Path.IsPathRooted))
        {
            key.AddFile("build.config", file);
        }

        foreach (var file in device.Defconfigs.Select(item => Defconfig.FileOf(device, item)).OfType<string>())
        {
            key.AddFile("defconfig", file);
        }

        foreach (var request in _requests)
        {
            key.Add(request.Symbol, request.Scope.Optional is null ? request.Value : request.Value + " optional");
        }
    }

    protected override ValueTask<bool> StandsAsync(ConfiguredKernel result, CancellationToken cancellationToken) =>
        ValueTask.FromResult(File.Exists(DotConfig) && Sha256Digest.OfFile(DotConfig) == result.Config);

    protected override async Task<ConfiguredKernel> ExecuteAsync(
        GitObjectId input, ConfiguredKernel? last, CancellationToken cancellationToken)
    {
        StartAfreshAfterToolchainChange();
        log.Status($"toolchain: {toolchain.Plan.Description}, {toolchain.Plan.Reason}");
        log.Status($"configuring: {string.Join(" + ", device.Defconfigs)} and {device.ConfigFragments.Length} fragment(s)");
        var commands = device.DefconfigCommands is null ? null : new DefconfigShell(device, toolchain);
        var config = await ConfigureAsync(commands, cancellationToken);
        log.Status(string.Create(
            CultureInfo.InvariantCulture,
            $"configured: {_requests.Length} requested symbols have their value, {config.EnabledCount} are on"));
        return ReportCommands(new ConfiguredKernel(Sha256Digest.OfFile(DotConfig)), commands?.Commands() ?? []);
    }

    /// <summary>
    /// kbuild compiles again when a command line or a version text changes, not when a compiler of the same name and version
    /// is another one: then no object of the old one may stay.
    /// </summary>
    private void StartAfreshAfterToolchainChange()
    {
        var stamp = Path.Combine(device.Folders.Output, ".toolchain");
        if (Directory.Exists(device.Folders.Output) && (!File.Exists(stamp) || File.ReadAllText(stamp) != toolchain.Digest))
        {
            Directory.Delete(device.Folders.Output, recursive: true);
            var external = Path.Combine(device.Folders.Work, "external");
            if (Directory.Exists(external))
            {
                Directory.Delete(external, recursive: true);
            }
        }

        Directory.CreateDirectory(device.Folders.Output);
        AtomicFile.Write(stamp, toolchain.Digest);
    }

    private async Task<KernelConfig> ConfigureAsync(DefconfigShell? commands, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(device.Folders.Output);
        // the old .config would keep answers that the defconfig no longer gives
        var previous = File.Exists(DotConfig) ? await File.ReadAllTextAsync(DotConfig, cancellationToken) : null;
        var previousTime = File.GetLastWriteTimeUtc(DotConfig);
        File.Delete(DotConfig);
        var defconfigs = await MakeDefconfigsAsync(commands, cancellationToken);
        var ofTree = MergedOfTree(defconfigs.Skip(1));
        var isMerged = device.DefconfigCommands?.After.Length > 0;
        if (isMerged)
        {
            // by the book they see what make made of all defconfigs
            AtomicFile.Write(DotConfig, KernelConfig.Merge(await File.ReadAllTextAsync(DotConfig, cancellationToken), ofTree));
            await commands!.RunAsync("POST_DEFCONFIG_CMDS", cancellationToken);
            ofTree = [.. ofTree, .. ConfigScript.Requests(commands.Commands(), device.BuildConfigs[0])];
        }

        var merged = KernelConfig.Merge(
            await File.ReadAllTextAsync(DotConfig, cancellationToken), isMerged ? _requests : [.. ofTree, .. _requests]);
        AtomicFile.Write(DotConfig, merged);
        await MakeAsync(["olddefconfig"], cancellationToken);
        var text = await File.ReadAllTextAsync(DotConfig, cancellationToken);
        var config = KernelConfig.Parse(text);
        var explanation = ConfigurationAudit.IsFulfilled(_requests, config) ? null : await ExplanationAsync(config, cancellationToken);
        Diagnostic[] findings =
        [
            .. ConfigurationAudit.Run(_requests, config, () => explanation!),
            .. ConfigurationAudit.OfModules(device.Modules, _requests, config).Select(finding =>
                finding with { File = finding.File ?? device.ProjectFile }),
        ];
        if (findings.Any(finding => finding.Severity == DiagnosticSeverity.Error))
        {
            throw new DiagnosticException(findings);
        }

        var notes = ConfigurationAudit.OfTree(ofTree, _requests, config).Concat(ConfigurationAudit.WithoutValue(config));
        foreach (var finding in findings.Concat(notes))
        {
            log.Report(finding);
        }

        if (previous == text)
        {
            // a newer time would make kbuild run syncconfig for nothing
            File.SetLastWriteTimeUtc(DotConfig, previousTime);
        }

        return config;
    }

    private async Task<KconfigExplanation> ExplanationAsync(KernelConfig config, CancellationToken cancellationToken)
    {
        var model = KconfigModel.Read(device.KernelRoot, await MakeShell.OfAsync(device, toolchain, cancellationToken));
        return new KconfigExplanation(model, config.ByName);
    }

    /// <summary>Makes .config of the first defconfig, which commands of a build.config may have to write before.</summary>
    /// <returns>The defconfigs, by full path where those commands have written them.</returns>
    private async Task<IReadOnlyList<string>> MakeDefconfigsAsync(DefconfigShell? commands, CancellationToken cancellationToken)
    {
        if (commands is null)
        {
            await MakeAsync(Defconfig.TargetsOf(device, device.Defconfigs[0]), cancellationToken);
            return device.Defconfigs;
        }

        commands.Begin();
        if (device.DefconfigCommands!.Before.Length > 0)
        {
            await commands.RunAsync("PRE_DEFCONFIG_CMDS", cancellationToken);
        }

        string[] defconfigs = [.. device.Defconfigs.Select(commands.FileOf)];
        await MakeAsync(Defconfig.TargetsOf(device, defconfigs[0]), cancellationToken);
        return defconfigs;
    }

    /// <summary>Says once which commands of the build.config ran, and warns of those that did not.</summary>
    private ConfiguredKernel ReportCommands(ConfiguredKernel configured, IReadOnlyList<GuardedCommand> commands)
    {
        string[] run = [.. commands.Where(command => command.IsRun).Select(command => ConfigScript.Text(device, command))];
        string[] skipped = [.. commands.Where(command => !command.IsRun).Select(command =>
            command.Words[0]).Distinct(StringComparer.Ordinal)];
        foreach (var command in run)
        {
            log.Status("  ran: " + command);
        }

        // it compares and changes nothing
        var missed = skipped.Where(command => command != "check_defconfig").ToArray();
        if (missed.Length > 0)
        {
            log.Report(Diagnostic.Warning(
                DiagnosticCodes.BuildConfigCommandsNotRun,
                $"{missed.Length} {(missed.Length == 1 ? "command" : "commands")} of the build.config around the defconfig did not run",
                "if one changes the configuration, request what it sets in a ConfigFragment; if it writes a file, make it a patch") with
            { File = device.ProjectFile, Details = missed });
        }

        return configured with { CommandsRun = [.. run], CommandsNotRun = [.. skipped] };
    }

    /// <summary>The second and further configurations, as kbuild's own scripts/kconfig/merge_config.sh merges them.</summary>
    /// <exception cref="DiagnosticException">KB3005.</exception>
    private ConfigRequest[] MergedOfTree(IEnumerable<string> items) =>
    [
        .. items.SelectMany(item =>
        {
            var file = Defconfig.FileOf(device, item) ?? throw Unknown(item);
            return ConfigFile.Parse(File.ReadAllText(file)).Select(setting => new ConfigRequest(setting.Symbol, setting.Value, file, 0));
        }),
    ];

    private async Task MakeAsync(IEnumerable<string> targets, CancellationToken cancellationToken)
    {
        try
        {
            await Make.Command(device, toolchain, targets).RunAsync(cancellationToken);
        }
        catch (DiagnosticException e) when (e.Diagnostics[0].Code == DiagnosticCodes.ToolFailed)
        {
            var details = e.Diagnostics[0].Details;
            if (details.Any(line => line.Contains("Can't find default configuration", StringComparison.Ordinal)
                || line.Contains("No rule to make target", StringComparison.Ordinal)))
            {
                throw Unknown(device.Defconfigs[0]);
            }

            throw new DiagnosticException(
                Diagnostic.Error(
                    DiagnosticCodes.ConfigurationFailed, $"'make {string.Join(' ', targets)}' failed", e.Diagnostics[0].Fix) with
                { Details = details },
                e);
        }
    }

    private DiagnosticException Unknown(string item) => new(Diagnostic.Error(
        DiagnosticCodes.DefconfigUnknown,
        $"this kernel has no defconfig '{item}' for {device.Architecture}",
        "there are: " + string.Join(", ", Defconfigs())) with
    { File = device.ProjectFile });

    private IEnumerable<string> Defconfigs()
    {
        var folder = Path.Combine(device.KernelRoot, "arch", device.Architecture, "configs");
        var files = Directory.Exists(folder)
            ? Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(folder, file))
            : [];
        return files
            .Append("defconfig")
            .Append("tinyconfig")
            .Append("allnoconfig")
            .Distinct(StringComparer.Ordinal)
            .Order(StringComparer.Ordinal)
            .Take(40);
    }

    /// <summary>
    /// A digest over every file of the commit that can change a configuration: Kconfig files, makefiles, defconfigs and the
    /// scripts that Kconfig runs. A patch to a driver leaves it alone.
    /// </summary>
    private async Task<string> ConfigurationInputsAsync(GitObjectId commit, CancellationToken cancellationToken)
    {
        using var key = new ContentKey("tree", Version);
        await (store.Git("ls-tree", "-r", commit.ToString()) with
        {
            OnOutput = line =>
            {
                var path = line.AsSpan(line.IndexOf('\t', StringComparison.Ordinal) + 1);
                if (ChangesConfiguration(path))
                {
                    key.Add("file", line);
                }
            },
        }).RunAsync(cancellationToken);
        return key.Finish();
    }

    private static bool ChangesConfiguration(ReadOnlySpan<char> path)
    {
        var name = path[(path.LastIndexOf('/') + 1)..];
        return name.StartsWith("Kconfig", StringComparison.Ordinal)
            || name.StartsWith("Makefile", StringComparison.Ordinal)
            || name.EndsWith("config", StringComparison.Ordinal)
            || path.StartsWith("scripts/", StringComparison.Ordinal);
    }
}
