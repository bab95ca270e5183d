using System.Text;
using KernelBuild.BootImages.Ramdisks;
using KernelBuild.KernelImages.Modules;
using KernelBuild.Testing.KernelImages;

namespace KernelBuild.KernelImages.Tests.Modules;

/// <summary>
/// Which modules Linux refuses: Debian's kernel under QEMU, insmod of each module, its answer and what it says, against the verdicts that
/// the same modules and the kernel's image alone give.
/// </summary>
public sealed class VerdictsOfLinux
{
    private const string Loader = """
        for s in /m/*; do
          loaded=
          for f in $s/*; do
            dmesg -c > /dev/null
            if insmod $f 2> /tmp/e; then answer=loads; else answer=refused; fi
            echo "### ${s##*/} ${f##*/} $answer $(dmesg | grep -v taint | head -n 1)"
            loaded="$f $loaded"
          done
          for f in $loaded; do
            n=${f##*/}; n=${n#*-}; rmmod ${n%.ko} 2> /dev/null
          done
        done

        """;

    [FactWithKernel("6.1 build", "qemu-system-aarch64")]
    public void Debian_6_1_refuses_exactly_the_modules_that_are_said_to_be_refused()
    {
        var kernel = KernelInterface.Of(DebianKernels.Open("6.1"));
        kernel = kernel.With(ModuleConfiguration.Parse(string.Join('\n', DebianKernels.Configuration("6.1"))));
        var scenarios = ModuleScenarios.OfDebian("6.1", kernel);
        var answers = Answers(DebianKernels.Read("6.1"), scenarios);
        var differences = new StringBuilder();
        var count = 0;
        foreach (var scenario in scenarios)
        {
            var read = new List<KernelModule>();
            foreach (var step in scenario.Steps)
            {
                if (ModuleReader.TryRead(step.Module, step.Name + ".ko", out var module, out _))
                {
                    read.Add(module);
                }
            }

            var verdicts = ModuleChecker.Check(kernel, read)
                .ToDictionary(verdict => verdict.Module.File, StringComparer.Ordinal);
            foreach (var step in scenario.Steps)
            {
                count++;
                var verdict = verdicts.GetValueOrDefault(step.Name + ".ko");
                var said = verdict is null || verdict.Outcome == ModuleOutcome.Refused ? "refused" : verdict.Outcome == ModuleOutcome.Loads
                    ? "loads" : "unknown";
                var (answer, message) = answers[(scenario.Name, step.Name)];
                if (said != answer || (answer == "refused" && verdict is not null && !IsSaid(verdict, message)))
                {
                    differences.AppendLine(
                        $"{scenario.Name} {step.Name}: said {said} ({string.Join("; "
                            + "", verdict?.Findings.Select(finding => finding.Consequence) ?? [])}), "
                        + $"Linux {answer}: {message}");
                }
            }
        }

        differences.ToString().ShouldBe("");
        count.ShouldBeGreaterThan(35);
        answers.Values.Count(answer => answer.Answer == "refused").ShouldBeGreaterThan(15);
    }

    /// <summary>Linux's line is one of those that a finding quotes; some refusals it does not explain.</summary>
    private static bool IsSaid(ModuleVerdict verdict, string message)
    {
        var text = message[(message.IndexOf(']', StringComparison.Ordinal) + 1)..].Trim();
        return text.Length == 0 || verdict.Findings.Any(finding =>
            finding.Consequence.Contains(text.TrimEnd('.'), StringComparison.Ordinal));
    }

    private static Dictionary<(string, string), (string Answer, string Message)> Answers(
        byte[] image, IEnumerable<ModuleScenario> scenarios)
    {
        var files = new List<RamdiskEntry> { RamdiskEntry.Directory("m"), RamdiskEntry.Directory("tmp") };
        foreach (var scenario in scenarios)
        {
            files.Add(RamdiskEntry.Directory("m/" + scenario.Name));
            files.AddRange(scenario.Steps.Select((step, i) =>
                RamdiskEntry.File($"m/{scenario.Name}/{i}-{step.Name}.ko", step.Module, UnixFileMode.UserRead)));
        }

        return Guest.Run(image, Loader, "loglevel=0", files)
            .Where(line => line.StartsWith("### ", StringComparison.Ordinal) && line != "### END")
            .Select(line => line.Split(' ', 5))
            .ToDictionary(
                parts => (parts[1], parts[2][(parts[2].IndexOf('-', StringComparison.Ordinal) + 1)..^3]), parts =>
                    (parts[3], parts.ElementAtOrDefault(4) ?? ""));
    }
}
