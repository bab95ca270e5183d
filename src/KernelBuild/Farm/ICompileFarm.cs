using System.Collections.Immutable;

namespace KernelBuild.Farm;

/// <summary>A farm that a build has joined; disposing leaves it.</summary>
public interface ICompileFarm : IAsyncDisposable
{
    FarmLaunch Launch { get; }

    /// <summary>Those that take jobs; empty where nobody tells.</summary>
    ImmutableArray<FarmHost> Hosts { get; }

    /// <summary>What happened, out of the client's log, which goes.</summary>
    FarmReport Report();
}
