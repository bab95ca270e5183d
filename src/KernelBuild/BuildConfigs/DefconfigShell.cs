using System.Globalization;
using System.Text;
using KernelBuild.Device;
using KernelBuild.Diagnostics;
using KernelBuild.Toolchains;

namespace KernelBuild.BuildConfigs;

/// <summary>
/// Runs what a build.config runs around its defconfig, as AOSP's build.sh does: bash evaluates PRE_DEFCONFIG_CMDS before and
/// POST_DEFCONFIG_CMDS after make has made .config; guarded, in a shadow of the work tree, with kbuild's real output folder.
/// </summary>
internal sealed class DefconfigShell(DeviceBuild device, Toolchain toolchain)
{
    private const int TailLength = 20;

    private readonly string _log = Path.Combine(device.Folders.Work, "build.config.commands");

    private readonly string _stand = Path.Combine(device.Folders.Work, "build.config.make");

    /// <summary>Begins anew: the shadow, the log, and the make that the commands find.</summary>
    public void Begin()
    {
        var said = device.MakeEnvironment.GetValueOrDefault("KERNEL_DIR", "");
        ShadowTree.Make(device, BuildConfigFiles.AliasesOf(said));
        File.Delete(_log);
        Directory.CreateDirectory(_stand);
        var make = Path.Combine(_stand, "make");
        File.WriteAllText(make, MakeStandIn());
        File.SetUnixFileMode(make, (UnixFileMode)0b111_101_101);
    }

    /// <summary>Runs PRE_DEFCONFIG_CMDS or POST_DEFCONFIG_CMDS.</summary>
    /// <exception cref="DiagnosticException">KB4011 when a command that ran failed.</exception>
    public async Task RunAsync(string variable, CancellationToken cancellationToken)
    {
        var files = BuildConfigFiles.Of(device);
        var said = new List<string>();
        var path = $"{_stand}:{toolchain.Folder}";
        var command = toolchain.Command("bash") with
        {
            Environment = BuildConfigShell.EnvironmentOf(
                device, device.Folders.Shadow, files, BuildConfigFiles.KernelDirOf(device, files), path),
            WorkingDirectory = device.Folders.Shadow,
            OnOutput = said.Add,
            OnError = said.Add,
            AnswerCodes = [.. Enumerable.Range(1, 255)],
        };
        var result = await command
            .WithArguments("--noprofile", "--norc", "-c", Script(variable, path), "build.config")
            .WithArguments(files.Select(file => BuildConfigShell.Below(device, device.Folders.Shadow, file)))
            .RunAsync(cancellationToken);
        if (result.ExitCode != 0)
        {
            throw new DiagnosticException(Diagnostic.Error(
                DiagnosticCodes.BuildConfigFailed,
                string.Create(CultureInfo.InvariantCulture, $"{variable} of '{device.BuildConfigs[0]}' ended with exit code "
                    + $"{result.ExitCode}"),
                "correct it, or state the Defconfig in the project: then these commands have no say") with
            { File = device.ProjectFile, Details = [.. said.TakeLast(TailLength)] });
        }
    }

    /// <summary>The file that a defconfig is after the commands before it: the shadow's where they have made or changed it.</summary>
    public string FileOf(string defconfig)
    {
        var (relative, shadow) = (Path.Combine("arch", device.Architecture, "configs", defconfig), Path.Combine(device.Folders.Shadow,
            device.KernelFolder));
        var (made, original) = (Path.Combine(shadow, relative), Path.Combine(device.KernelRoot, relative));
        return Path.IsPathRooted(defconfig) || !File.Exists(made)
            || (File.Exists(original) && File.ReadAllBytes(original).AsSpan().SequenceEqual(File.ReadAllBytes(made)))
            ? defconfig
            : made;
    }

    /// <summary>What ran and what was skipped since <see cref="Begin"/>.</summary>
    public IReadOnlyList<GuardedCommand> Commands() => File.Exists(_log) ? GuardedCommand.Parse(File.ReadAllText(_log, Encoding.UTF8)) : [];

    private string Script(string variable, string path)
    {
        string[] writable = [device.Folders.Shadow, device.Folders.Output];
        return $$"""
            __kernelbuild_log={{ShellText.Quote(_log)}} __kernelbuild_tools={{ShellText.Quote(toolchain.Folder)}}
            __kernelbuild_tree={{ShellText.Quote(Real(device.Folders.Tree))}}
            __kernelbuild_writable=({{ShellText.Quote(writable.Select(Real))}})
            __kernelbuild_files=("$@")
            set --
            {{BuildConfigShell.Functions}}
            {{BuildConfigShell.SourceFiles}}
            {{CommandGuard.Text}}
            export OUT_DIR={{ShellText.Quote(device.Folders.Output)}} PATH={{ShellText.Quote(path)}}
            set -T
            shopt -s extdebug
            trap __kernelbuild_ask DEBUG
            eval ${{{variable}}}
            """;
    }

    /// <summary>As the shell's realpath gives it.</summary>
    private static string Real(string path)
    {
        var real = "/";
        foreach (var part in path.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            var next = Path.Combine(real, part);
            real = (Path.Exists(next) ? new FileInfo(next).ResolveLinkTarget(returnFinalTarget: true)?.FullName : null) ?? next;
        }

        return real;
    }

    /// <summary>
    /// Targets of Kconfig run as the build itself runs them, whatever variables the file gives; the base that merge_config.sh hands to
    /// alldefconfig becomes .config. Other targets are skipped.
    /// </summary>
    private string MakeStandIn()
    {
        var make = Make.Command(device, toolchain);
        var environment = make.Environment.Select(variable => $"{variable.Key}={variable.Value}");
        return $$"""
            #!{{Path.Combine(toolchain.Folder, "bash")}}
            base=${KCONFIG_ALLCONFIG-}
            targets=()
            skip() { printf '%s\x1f' skip "make $*" >>{{ShellText.Quote(_log)}}; printf '\0' >>{{ShellText.Quote(_log)}}; }
            run() { exec_make "$1" >&2 || exit; }
            environment=({{ShellText.Quote(environment)}})
            make=({{ShellText.Quote(make.Arguments.Prepend(make.Program))}})
            exec_make() { env -i "${environment[@]}" "${make[@]}" "$1" </dev/null; }
            for argument; do
              if [[ -n $next ]]; then next=''; continue; fi
              case $argument in
                -C | -f | -I | -o | -W) next=1 ;;
                -j | -k | -s | -[a-zA-Z]* | --*) ;;
                KCONFIG_ALLCONFIG=*) base=${argument#*=} ;;
                *=*) ;;
                *) targets+=("$argument") ;;
              esac
            done
            for target in "${targets[@]}"; do
              case $target in
                alldefconfig)
                  if [[ -z $base || ! -f $base ]]; then skip "$@"; continue; fi
                  cat "$base" >{{ShellText.Quote(Path.Combine(device.Folders.Output, ".config"))}}
                  run olddefconfig ;;
                olddefconfig | oldnoconfig | oldconfig | silentoldconfig | syncconfig) run olddefconfig ;;
                savedefconfig) run savedefconfig ;;
                *) skip "$@" ;;
              esac
            done
            """;
    }
}
