using System.Collections.Immutable;
using System.Text.Json.Serialization;
using KernelBuild.Diagnostics;

namespace KernelBuild.Passthrough;

/// <summary>What a proof of passthrough found. Written as result.json beside the page.</summary>
public sealed record PassthroughResult
{
    public int FormatVersion { get; init; } = 1;

    public required string Device { get; init; }

    public required bool WithoutPatches { get; init; }

    /// <summary>The kernel's own, "Linux version …".</summary>
    public required string Kernel { get; init; }

    /// <summary>SHA-256 of the boot.img that was booted; lower-case hexadecimal.</summary>
    public required string BootImage { get; init; }

    /// <summary>Of the host, as it names itself.</summary>
    public required string Emulator { get; init; }

    /// <summary>Of the machine, as it names itself; empty when it did not run.</summary>
    public required string GuestEmulator { get; init; }

    /// <summary>Wall time of the machine's boot, guests included.</summary>
    public required double Seconds { get; init; }

    public required ImmutableArray<FunctionProof> Functions { get; init; }

    /// <summary>Groups that Linux formed, each with its devices in order; those of a function that is in none are not there.</summary>
    public required ImmutableArray<ImmutableArray<string>> Groups { get; init; }

    /// <summary>The same of the build without patches, when there is a proof of it; else null.</summary>
    public ImmutableArray<ImmutableArray<string>>? GroupsWithoutPatches { get; init; }

    public required ControlResult Control { get; init; }

    /// <summary>File: the page. Not in the document, which is the same wherever it was made.</summary>
    [JsonIgnore]
    public string Page { get; init; } = "";

    /// <summary>Every function was handed over, worked in its guest, and was not seen to leave it.</summary>
    public bool IsProven => !Functions.IsEmpty && Functions.All(function => function.IsProven);

    /// <summary>The proof as a person reads it, some lines a function.</summary>
    public IEnumerable<string> Describe()
    {
        yield return string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{Kernel}, {Seconds:0.0} s");
        foreach (var proof in Functions)
        {
            yield return $"{proof.Function}  {proof.Id}  {(proof.IsProven ? "proven" : "not proven")}";
            if (proof.Group is not null)
            {
                var others = proof.Members.Where(member => member.Name != proof.Function).ToArray();
                yield return "  group      " + (others.Length == 0
                    ? "its own"
                    : "with " + string.Join(", ", others.Select(member => $"{member.Name} ({member.Driver ?? "no driver"})")));
            }

            yield return $"  binding    {proof.HostDriver ?? "no driver"} → {proof.BoundDriver ?? "no driver"}";
            if (proof.Use is { } use)
            {
                yield return "  in a guest " + use.Description;
            }

            yield return $"  isolation  {VerdictText(proof.Isolation)}: {proof.IsolationReason}";
        }
    }

    internal static string VerdictText(IsolationVerdict verdict) => verdict switch
    {
        IsolationVerdict.Enforced => "enforced",
        IsolationVerdict.Asserted => "asserted",
        IsolationVerdict.Broken => "broken",
        _ => "not shown",
    };

    /// <summary>What no emulator can show.</summary>
    public static ImmutableArray<string> Limits { get; } =
    [
        "that the silicon of a port isolates as its ACS bits say: QEMU's ports do not route between peers",
        "how a board's own IOMMU, its firmware and its stream IDs behave: the machine has QEMU's SMMUv3",
        "a reset of the real device between host and guest, and its option ROM",
        "speed: nothing that was timed here means anything on hardware",
    ];

    /// <summary>All findings, those of each function in order.</summary>
    [JsonIgnore]
    public IEnumerable<Diagnostic> Findings => Functions.SelectMany(function => function.Findings);
}
