namespace Nuke.Common;

public abstract partial class NukeBuild
{
    /// <summary>The build exists; its parameters are not set yet.</summary>
    protected internal virtual void OnBuildCreated()
    {
    }

    /// <summary>Parameters are set, the plan stands and its requirements are met; no target has run.</summary>
    protected internal virtual void OnBuildInitialized()
    {
    }

    /// <summary>The last target has run; the summary is not written yet.</summary>
    protected internal virtual void OnBuildFinished()
    {
    }

    protected internal virtual void OnTargetRunning(string target)
    {
    }

    protected internal virtual void OnTargetSkipped(string target)
    {
    }

    protected internal virtual void OnTargetSucceeded(string target)
    {
    }

    /// <summary>The target threw an exception, be it of itself or because the build was interrupted.</summary>
    protected internal virtual void OnTargetFailed(string target)
    {
    }
}
