namespace KernelBuild.Flashing;

/// <summary>How far an action is. One that is begun may have happened, wholly, partly or not at all.</summary>
public enum JournalState
{
    Begun,
    Done,
    Refused,
}
