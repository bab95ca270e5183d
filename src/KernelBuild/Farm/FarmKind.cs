namespace KernelBuild.Farm;

/// <summary>The program that spreads calls of the compiler over machines.</summary>
public enum FarmKind
{
    None,

    /// <summary>A scheduler chooses the host, and the compiler is sent there.</summary>
    Icecream,

    /// <summary>The client chooses the host, which must have the compiler.</summary>
    Distcc,
}
