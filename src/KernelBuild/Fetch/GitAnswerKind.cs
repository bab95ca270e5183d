namespace KernelBuild.Fetch;

/// <summary>How a request to a git server ended.</summary>
internal enum GitAnswerKind
{
    Done,

    /// <summary>The server gives the tips of its refs only, or knows no shallow fetches.</summary>
    RefsOnly,

    /// <summary>The server does not have the object.</summary>
    Gone,

    /// <summary>There is no such repository or ref, or it is hidden from who asks.</summary>
    NotThere,

    /// <summary>The server wants to know who asks, or knows and refuses.</summary>
    LoginWanted,

    /// <summary>Nobody answers at this address.</summary>
    Unreachable,

    /// <summary>The connection ended early, or the server is busy.</summary>
    Cut,

    /// <summary>The connection stood still.</summary>
    Stalled,

    /// <summary>Another failure, of the server or of this machine.</summary>
    Broken,
}
