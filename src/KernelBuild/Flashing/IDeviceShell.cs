using System.Collections.Immutable;
using KernelBuild.Diagnostics;

namespace KernelBuild.Flashing;

/// <summary>A shell on a running machine.</summary>
public interface IDeviceShell
{
    /// <summary>For messages: its serial at adb, or its host.</summary>
    string Name { get; }

    /// <summary>Runs a script, and gives the lines that it printed: all of them, or an error.</summary>
    /// <exception cref="DiagnosticException">KB9027: cut off, or no answer in time.</exception>
    Task<ImmutableArray<string>> ShellAsync(string script, CancellationToken cancellationToken);
}
