using System.Globalization;
using KernelBuild.Diagnostics;

namespace KernelBuild.Flashing;

/// <summary>The findings about a device that several commands share.</summary>
internal static class DeviceErrors
{
    /// <summary>KB9027: cut off, gone, or silent for too long.</summary>
    /// <param name="command">As one could type it.</param>
    /// <param name="why">What was seen.</param>
    /// <param name="said">What the program printed.</param>
    /// <param name="fix">Null for that of a bootloader.</param>
    public static DiagnosticException Lost(string command, string why, IEnumerable<string> said, string? fix = null) => new(
        Diagnostic.Error(
            DiagnosticCodes.DeviceLost, $"the device was lost during '{command}': {why}",
            fix ?? "check cable and device, bring it back into its bootloader, and run the same again: what is done is not done twice; "
            + "./nuke.sh Rollback takes everything back") with
        { Details = Tail(said) });

    /// <summary>KB9027.</summary>
    public static DiagnosticException Hung(string command, TimeSpan limit, IEnumerable<string> said) => Lost(
        command, string.Create(CultureInfo.InvariantCulture, $"no answer within {limit.TotalSeconds:0.#} s"), said);

    /// <summary>KB9028.</summary>
    public static DiagnosticException Refused(string command, string refusal) => new(Diagnostic.Error(
        DiagnosticCodes.DeviceRefused, $"the device refused '{command}': {(refusal.Length > 0 ? refusal : "it gives no reason")}",
        "look up what its bootloader wants; what was done before this command is in the journal, and ./nuke.sh Rollback takes it back"));

    /// <summary>KB9020.</summary>
    public static DiagnosticException NotFound(string message, string fix) =>
        new(Diagnostic.Error(DiagnosticCodes.DeviceNotFound, message, fix));

    /// <summary>KB9021.</summary>
    public static DiagnosticException Ambiguous(string where, IReadOnlyList<string> serials, string option) => new(Diagnostic.Error(
        DiagnosticCodes.DeviceAmbiguous, $"{serials.Count} devices are at {where}: {string.Join(", ", serials)}",
        $"name one: {option} {serials[0]}"));

    private static string[] Tail(IEnumerable<string> said) => [.. said.Where(line => line.Trim().Length > 0).TakeLast(5)];
}
