namespace KernelBuild.BootImages.Inspection;

/// <summary>An answer and what it rests on.</summary>
/// <param name="State">In one word.</param>
/// <param name="Text">In one line; no control characters.</param>
public sealed record Answer(AnswerState State, string Text)
{
    /// <summary>The word in JSON: good, bad, absent, not-checked.</summary>
    public string StateName => State switch
    {
        AnswerState.Good => "good",
        AnswerState.Bad => "bad",
        AnswerState.Absent => "absent",
        _ => "not-checked",
    };
}
