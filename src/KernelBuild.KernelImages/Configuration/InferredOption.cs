namespace KernelBuild.KernelImages.Configuration;

/// <summary>An option that something in the image proves to be on.</summary>
/// <param name="Name">"CONFIG_ARM_SMMU_V3".</param>
/// <param name="Value">"y", or a number.</param>
/// <param name="Evidence">"function arm_smmu_cmdq_issue_cmdlist", "arm64 header".</param>
public sealed record InferredOption(string Name, string Value, string Evidence);
