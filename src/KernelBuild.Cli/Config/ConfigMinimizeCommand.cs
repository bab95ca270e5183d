using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using KernelBuild.Cli.CommandLine;
using KernelBuild.Cli.Files;
using KernelBuild.Configure;
using KernelBuild.Diagnostics;
using KernelBuild.Host.Files;
using KernelBuild.Kconfig;

namespace KernelBuild.Cli.Config;

/// <summary><c>kernelbuild config minimize CONFIG</c>.</summary>
internal static class ConfigMinimizeCommand
{
    private const int MostShown = 20;

    /// <summary>Between two lines of progress: an arm64 defconfig takes two minutes.</summary>
    private static readonly TimeSpan _pause = TimeSpan.FromSeconds(5);

    public static Command Create()
    {
        var config = Arguments.File("CONFIG", "The configuration: a .config, config.gz, or a boot image or kernel that carries one");
        var tree = ConfigOptions.Tree();
        tree.Required = true;
        var start = Arguments.Text(
            "--base", "What the fragment is put into: a configuration, or a defconfig of the tree by its name; without it the kernel's defaults");
        var architecture = ConfigOptions.Architecture();
        var make = new Option<string[]>("--make")
        {
            Description = "A variable for make instead of those found out, such as LLVM=-19; any number",
            HelpName = "VARIABLE=VALUE",
        };
        var noProof = new Option<bool>("--no-proof")
        {
            Description = "Do not run the kernel's conf: the fragment is then what this program's reading of Kconfig says",
        };
        var output = Arguments.Text("--output", "Write the fragment to this file instead of standard output", "-o");
        var json = ConfigOptions.Json();
        var command = new Command(
            "minimize",
            "Writes the fragment that makes CONFIG, of which no line can be left out. The kernel's own conf proves it: it makes the same of the base "
            + "with the fragment as of CONFIG. For that, make runs in a temporary folder beside the tree; it needs make, flex, bison and a compiler.\n\n"
            + "Examples:\n"
            + "  kernelbuild config minimize .config --tree linux --base defconfig -o board.config\n"
            + "  kernelbuild config minimize stock-boot.img --tree vendor-kernel --base gki_defconfig")
        {
            config, tree, start, architecture, make, noProof, output, json,
        };
        command.Validators.Add(result =>
        {
            if (result.GetValue(noProof) && result.GetValue(make) is { Length: > 0 })
            {
                result.AddError("--make has no effect with --no-proof: make does not run");
            }
        });
        command.OnRunAsync(async (result, writer, errors, cancellationToken) =>
        {
            var (folder, arch) = (Path.GetFullPath(result.GetValue(tree)!), result.GetValue(architecture)!);
            var target = ConfigInput.Read(result.GetValue(config)!);
            var origin = result.GetValue(start) is { } named ? ConfigInput.Read(BaseFile(named, folder, arch)) : KernelConfig.Parse("");
            var shown = Stopwatch.StartNew();
            var minimum = KconfigMinimum.Of(
                ConfigOptions.Model(folder, arch), target.ByName, origin.ByName,
                (tried, all) =>
                {
                    if (shown.Elapsed >= _pause)
                    {
                        shown.Restart();
                        errors.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{tried:N0} of {all:N0} lines tried ({100 * tried / all} %)"));
                    }
                },
                cancellationToken);
            Diagnostic[] findings = minimum.Others.IsEmpty ? [] : [OtherKernel(minimum, result.GetValue(config)!)];
            var text = Text(minimum, result.GetValue(config)!, result.GetValue(start));
            if (!result.GetValue(noProof))
            {
                var variables = result.GetValue(make) is { Length: > 0 } given
                    ? [$"ARCH={arch}", .. given]
                    : ConfProof.VariablesFor(target, arch);
                await errors.WriteLineAsync($"{Counted.Of(minimum.Lines.Length, "line")} found; make runs conf to prove them");
                await ProveAsync(folder, variables, target, origin, minimum, cancellationToken);
            }

            if (result.GetValue(output) is { } file)
            {
                AtomicFile.Write(Path.GetFullPath(file), text);
            }

            if (result.GetValue(json))
            {
                JsonOutput.Write(
                    writer,
                    new ConfigMinimizeReport(
                        !result.GetValue(noProof),
                        [.. minimum.Lines.Select(line => new ConfigSettingInfo(ConfigOptions.Full(line.Name), line.Value))])
                    {
                        Findings = [.. findings.Select(FindingInfo.From)],
                    },
                    ConfigJson.Default.ConfigMinimizeReport);
            }
            else if (result.GetValue(output) is null)
            {
                await writer.WriteAsync(text);
            }

            CommandFrame.Warn(findings, errors);
            await errors.WriteLineAsync(
                $"{Counted.Of(minimum.Lines.Length, "line")} for {Counted.Of(target.ByName.Count, "setting")}; "
                + (result.GetValue(noProof) ? "not proved (--no-proof)" : "conf makes the same of both"));
            return ExitCode.Done;
        });
        return command;
    }

    private static string BaseFile(string named, string tree, string architecture)
    {
        var defconfig = Path.Combine(tree, "arch", architecture, "configs", named);
        return !File.Exists(named) && File.Exists(defconfig) ? defconfig : named;
    }

    private static string Text(KconfigMinimum minimum, string config, string? start)
    {
        var text = new StringBuilder()
            .Append("# ").Append(Path.GetFileName(config)).Append(" out of ").Append(start is null ? "the kernel's defaults" : Path.GetFileName(start))
            .Append(": no line of it can be left out\n");
        foreach (var (name, value) in minimum.Lines)
        {
            text.Append(value == "n" ? $"# CONFIG_{name} is not set\n" : $"CONFIG_{name}={value}\n");
        }

        return text.ToString();
    }

    /// <summary>Both are completed by conf with the same compiler: what it is called may differ from the one that made the configuration.</summary>
    private static async Task ProveAsync(
        string tree, IReadOnlyList<string> variables, KernelConfig target, KernelConfig origin, KconfigMinimum minimum,
        CancellationToken cancellationToken)
    {
        using var scratch = new ScratchFolder();
        var proof = new ConfProof(tree, Path.Combine(scratch.Path, "out"), variables);
        var wanted = await proof.CompleteAsync(Text(target), cancellationToken);
        var before = "";
        if (origin.ByName.Count > 0)
        {
            await proof.CompleteAsync(Text(origin), cancellationToken);
            before = await proof.TextAsync(cancellationToken);
        }

        var made = await proof.CompleteAsync(KernelConfig.Merge(before, Requests(minimum.Lines)), cancellationToken);
        string[] different =
        [
            .. wanted.ByName.Keys.Union(made.ByName.Keys).Select(ConfigOptions.Full)
                .Where(name => wanted[name] != made[name])
                .Order(StringComparer.Ordinal),
        ];
        if (different.Length > 0)
        {
            throw new DiagnosticException(Diagnostic.Error(
                DiagnosticCodes.FragmentNotProved,
                $"the kernel's conf gives {Counted.Of(different.Length, "symbol")} another value with the fragment than with the configuration; "
                    + "nothing was written",
                "name the compiler of the configuration with --make (LLVM=-19, CROSS_COMPILE=aarch64-linux-gnu-); if that is right, please "
                    + "report it with both files") with
            {
                Details =
                [
                    .. different.Take(MostShown)
                        .Select(name => $"{name}: {wanted[name]} with the configuration, {made[name]} with the fragment"),
                ],
            });
        }
    }

    private static string Text(KernelConfig config) =>
        KernelConfig.Merge("", Requests(config.ByName.Select(pair => (pair.Key, pair.Value))));

    private static ConfigRequest[] Requests(IEnumerable<(string Name, string Value)> lines) =>
        [.. lines.Select(line => new ConfigRequest(ConfigOptions.Full(line.Name), line.Value, "", 0))];

    private static Diagnostic OtherKernel(KconfigMinimum minimum, string config) => Diagnostic.Warning(
        DiagnosticCodes.ConfigurationOfOtherKernel,
        $"{Counted.Of(minimum.Others.Length, "symbol")} of the configuration {(minimum.Others.Length == 1 ? "is" : "are")} not in this tree, or cannot have "
        + "that value there: the fragment makes what this kernel makes of it",
        "name the tree that the configuration was made with") with
    { File = config, Details = [.. minimum.Others.Take(MostShown).Select(ConfigOptions.Full)] };
}
