"""The tables of a simulated book and their columns; every one of them is a field of an entity."""

from __future__ import annotations

from collections.abc import Mapping

from clientcore.simulate.recording import WRITTEN

#: Elements of the checklists, in the order of their fields.
ANSWERS = (
    "budget", "authority", "need", "timeframe", "metrics", "economic_buyer", "decision_criteria", "decision_process",
    "paper_process", "pain", "champion", "competition", "solution", "uniqueness", "objective", "size",
)  # fmt: skip
_OPPORTUNITY = (
    "id account_id name kind origin stage offering_id objective_id amount is_won is_closed opened_on close_on "
    "closed_on is_repeat is_expansion is_suggestion accepted_on formal_tender rfp_published_on supplier_input_on "
    "input_accepted why_asked_on first_probe_on probes proposed_on discovery_hours pitch_hours proposal_reuse "
    "learnings_cited budget_level authority_level need_level timeframe_level metrics_level economic_buyer_level "
    "decision_criteria_level decision_process_level paper_process_level pain_level champion_level competition_level "
    "solution_level uniqueness_level objective_level size_level stage_rank joint_past competitor_id need_reason source "
    "dropped_on dropped_by_role drop_reason "
    + " ".join(f"{answer}_{mark}" for mark in ("source", "answered_on") for answer in ANSWERS)
)
_INTERACTION = (
    "id account_id occurred_on source kind status planned_on direction initiated_by nature two_way contact_id "
    "team_member_id workstream_id topic topic_scope horizon is_probe is_challenge questions open_questions talk_ratio "
    "playback_confirmed negative_mention is_skill_transfer is_education audience confirmed_by_client "
    "duration_minutes response_hours sentiment"
)
_HANDED = (
    "account_id position_sponsor position_time position_mandate position_escalation position_succession "
    "executive_commitment risk_appetite named_partner stated_reason declared_client_orientation trust_credibility "
    "trust_dependability trust_intimacy trust_self_orientation nps_benchmark "
    "nps_benchmark_on nps_benchmark_sector pay_for_lasting_share specialists_needed"
)
#: Handed-in facts of which the source and the day stand beside them.
_SOURCED = (
    "named_partner", "stated_reason", "declared_client_orientation", "trust_credibility", "trust_dependability",
    "trust_intimacy", "trust_self_orientation", "nps_benchmark", "specialists_needed",
)  # fmt: skip

#: Table → its columns, in the order of the file.
COLUMNS: Mapping[str, tuple[str, ...]] = {
    table: (*columns.split(), *(("recorded_at",) if table in WRITTEN else ()))
    for table, columns in {
        "accounts": (
            "id name lifecycle direction organisation_id industry segment country employees annual_revenue "
            "category_spend currency overdue_30 overdue_60 overdue_90 credit_on_hold client_since former_since "
            "management_changed_on owner_changed_on planning_cutoff_on last_activity_on"
        ),
        "organisations": (
            "id name industry currency declared_orientation risk_appetite has_sponsor has_ring_fenced_time "
            "has_non_revenue_mandate has_escalation_right has_mentor_succession focus_target founder_led "
            "communication_level years_sales_focused past_growth sales_target_share client_target_share "
            "client_identifiability client_recurrence client_influence rival_client_focus silo_count "
            "has_accountable_executive executive_on_board executive_is_peer executive_challenges owns_satisfaction "
            "owns_experience owns_lifetime_value strategy_statement culture_spend change_spend leadership_checked "
            "command_checked bureaucracy_checked projects_checked"
        ),
        "contacts": (
            "id account_id name business_function seniority is_active joined_on left_on disposition influence"
        ),
        "account_contact_roles": "id account_id contact_id role is_primary is_active started_on strength ended_on",
        "team_members": (
            "id account_id name role business_function seniority team is_active is_focal is_client_facing assigned_on "
            "first_worked_on is_certified specialism hours_per_month capacity_hours_per_month authority is_mentor "
            "has_contribution_link organisation_id has_client_metric"
        ),
        "inductions": (
            "id account_id team_member_id completed_on expires_on history relationships culture protocols security "
            "dress_code org_charts contacts difficult_people dos_and_donts"
        ),
        "offerings": "id account_id name family is_active price potential",
        "opportunities": _OPPORTUNITY,
        "orders": (
            "id account_id ordered_on required_on shipped_on status amount margin offering_id contact_id "
            "is_beyond_prescription"
        ),
        "contracts": (
            "id account_id kind status starts_on ends_on renewal_on terminated_on notice_days auto_renew annual_value "
            "previous_annual_value has_guarantee is_gain_share"
        ),
        "obligations": "id account_id contract_id title party due_on met_on breached_on waived_on is_critical",
        "assets": "id account_id name offering_id is_competitor_product is_innovation status installed_on last_used_on "
        "quantity used_quantity",
        "competitors": "id account_id name is_incumbent is_active seen_on threat wallet_share switching_cost",
        "interactions": _INTERACTION,
        "commitments": (
            "id account_id title kind owner_id status made_on due_on kept_on declined_on renegotiated_on "
            "keep_probability is_first_phase client_visible plan_completeness status_updated_on has_quota "
            "asked_on effort_hours new_due_on"
        ),
        "cases": (
            "id account_id kind priority status contact_id is_closed is_resolved is_escalated opened_at "
            "first_response_at closed_at resolution_due_at handoffs courtesy satisfaction"
        ),
        "issues": (
            "id account_id occurred_on kind title scope severity known_on told_on client_discovered_on "
            "effective_on initiated_by intent_preserved correction_disclosed acknowledged_on resolved_on"
        ),
        "survey_responses": (
            "id account_id kind contact_id invited_by_id invited_on responded_on value scale_low scale_high source "
            "organisation_id"
        ),
        "intent_evidence": "id account_id occurred_on source side kind strength hours",
        "mutual_goals": (
            "id account_id title kind client_owner_id supplier_owner_id lever agreed_on confirmed_on due_on "
            "achieved_on "
            "credited_to baseline result"
        ),
        "culture_statements": "id account_id occurred_on side stated_by unit dimension value understand accept comply",
        "insights": (
            "id account_id occurred_on source area force title goal_id offering_id research completeness confirmed_on"
        ),
        "learnings": "id account_id occurred_on title opportunity_id applied_on",
        "horizons": "id account_id scope title introduced_on acknowledged_on",
        "risks": (
            "id account_id kind title probability impact response due_on closed_on tier owner_id residual_probability"
        ),
        "reviews": (
            "id account_id kind component planned_on held_on is_joint executive_attended actions_agreed actions_closed"
        ),
        "role_models": "id account_id contact_id named_on reassessed_on in_favour is_active",
        "goal_metrics": (
            "id account_id name metric focus target actual baseline due_on measured_on organisation_id owner_id weight "
            "has_incentive scope_size span_size shared_size responses"
        ),
        "workstreams": (
            "id account_id name mode started_on ends_on initial_phase_delivered_on planned_hours spent_hours"
        ),
        "decision_records": (
            "id account_id machine target decided_on decided_by_role kind reason organisation_id client_won "
            "is_sale_at_risk"
        ),
        "initiatives": (
            "id account_id organisation_id element kind title want mechanism is_funded started_on "
            "declared_complete_on metric_change"
        ),
        "facts": " ".join([_HANDED, *(f"{name}__source {name}__observed_at" for name in _SOURCED)]),
    }.items()
}
