namespace KernelBuild.Testing.Phones;

/// <summary>What the shell of a phone is like.</summary>
public sealed record AdbShellSettings
{
    /// <summary>Without the protocol shell v2: one stream, CR LF, no exit code.</summary>
    public bool IsLegacy { get; init; }

    /// <summary>A file system in a folder: the variable R of the scripts.</summary>
    public string Root { get; init; } = "";

    /// <summary>A folder of programs that come first: getprop, su, id.</summary>
    public string Programs { get; init; } = "";

    /// <summary>The connection breaks after so many bytes of output of one command; null for never.</summary>
    public int? CutAfter { get; init; }

    /// <summary>Commands get no answer.</summary>
    public bool Hangs { get; init; }

    /// <summary>Changes a byte of what is read by exec at this place; null for none.</summary>
    public int? LiesAt { get; init; }
}
