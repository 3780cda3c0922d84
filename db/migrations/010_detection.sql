-- 010: detection. The rules are functions of a stretch of time, so that the past can be looked at again; what they find is
-- an alert, which lives from the moment at which the border was crossed until all is quiet.
BEGIN;

CREATE TABLE idp.alerts (
    id                uuid        PRIMARY KEY,
    rule              text        NOT NULL CHECK (rule ~ '^[a-z][a-z0-9_]{1,63}$'),
    subject           text        NOT NULL DEFAULT '' CHECK (length(subject) <= 200),   -- an account, a network, a client; '' for the whole installation
    value             bigint      NOT NULL,           -- the highest that was seen
    threshold         bigint      NOT NULL,           -- of the time
    opened_at         timestamptz NOT NULL,
    last_seen_at      timestamptz NOT NULL,
    closed_at         timestamptz,
    acknowledged_at   timestamptz,
    acknowledged_by   text        CHECK (length(acknowledged_by) <= 200),
    note              text        CHECK (length(note) <= 2000),
    CHECK (opened_at <= last_seen_at),
    CHECK ((acknowledged_at IS NULL) = (acknowledged_by IS NULL))
);
-- One open alert an incident, on any number of instances.
CREATE UNIQUE INDEX alerts_open ON idp.alerts (rule, subject) WHERE closed_at IS NULL;
CREATE INDEX alerts_incident ON idp.alerts (rule, subject, last_seen_at DESC);
CREATE INDEX alerts_newest ON idp.alerts (opened_at DESC, id DESC);
CREATE INDEX alerts_closed ON idp.alerts (closed_at) WHERE closed_at IS NOT NULL;

-- Up to when the rules have looked. One row.
CREATE TABLE idp.detection_progress (
    id             boolean     PRIMARY KEY DEFAULT true CHECK (id),
    covered_until  timestamptz NOT NULL,
    ran_at         timestamptz NOT NULL,
    took_ms        integer     NOT NULL
);

CREATE INDEX denials_newest ON idp.denials (created_at);
CREATE INDEX logout_deliveries_abandoned ON idp.logout_deliveries (abandoned_at) WHERE abandoned_at IS NOT NULL;

-- Each rule gives, for each subject whose value passed the threshold within (since, until]: the highest value, and the
-- first and the last moment above it. A moment of a past that has been cleaned away is silent.

-- More than so many events within a span, in all or for each account.
CREATE FUNCTION idp.detect_bursts(types text[], statuses text[], by_account boolean, span interval, threshold bigint,
                                  since timestamptz, until timestamptz)
RETURNS TABLE (subject text, value bigint, first_at timestamptz, last_at timestamptz)
LANGUAGE sql STABLE SET search_path = pg_catalog AS $$
    SELECT w.subject, max(w.n), min(w.created_at), max(w.created_at)
    FROM (SELECT e.subject, e.created_at,
                 count(*) OVER (PARTITION BY e.subject ORDER BY e.created_at
                     RANGE BETWEEN detect_bursts.span - interval '1 microsecond' PRECEDING AND CURRENT ROW) AS n
          FROM (SELECT CASE WHEN by_account THEN a.user_id::text ELSE '' END AS subject, a.created_at
                FROM public.audit_logs a
                WHERE a.event_type = ANY (types) AND a.event_status = ANY (statuses)
                  AND a.created_at > since - span AND a.created_at <= until) e
          WHERE e.subject IS NOT NULL) w
    WHERE w.created_at > since AND w.n > threshold
    GROUP BY w.subject
$$;

-- One network that tries more than so many accounts within a span (things = 'accounts'), or one account that is tried from
-- more than so many networks (things = 'networks', failed attempts only). IPv6 counts by /64, which is what one customer
-- is given. An account that does not exist counts by the keyed hash of what was typed, or by itself where there is none.
-- An account is within the window of a network for one span after each attempt: such stretches are joined, and how many
-- overlap is counted at each attempt. So the border is exact at every moment, not only at the minute of a run.
CREATE FUNCTION idp.detect_spread(things text, span interval, threshold bigint, since timestamptz, until timestamptz)
RETURNS TABLE (subject text, value bigint, first_at timestamptz, last_at timestamptz)
LANGUAGE sql STABLE SET search_path = pg_catalog AS $$
    WITH attempts AS (
        SELECT CASE things WHEN 'accounts' THEN a.network ELSE a.account END AS subject,
               CASE things WHEN 'accounts' THEN a.account ELSE a.network END AS thing, a.created_at
        FROM (SELECT CASE family(l.ip_address) WHEN 6 THEN network(set_masklen(l.ip_address, 64))::text
                          ELSE host(l.ip_address) END AS network,
                     coalesce(l.user_id::text, l.details ->> 'account_hash', l.id::text) AS account, l.created_at
              FROM public.audit_logs l
              WHERE l.event_type = 'login' AND l.ip_address IS NOT NULL
                AND (things = 'accounts' OR l.event_status IN ('failure', 'blocked'))
                AND l.created_at > since - span AND l.created_at <= until) a),
    busy AS (
        SELECT a.subject FROM attempts a GROUP BY a.subject
        HAVING max(a.created_at) > since AND count(*) > threshold AND count(DISTINCT a.thing) > threshold),
    marked AS (
        SELECT a.subject, a.thing, a.created_at,
               coalesce(a.created_at - lag(a.created_at) OVER (PARTITION BY a.subject, a.thing ORDER BY a.created_at)
                   >= span, true) AS begins
        FROM attempts a JOIN busy USING (subject)),
    numbered AS (
        SELECT m.subject, m.thing, m.created_at,
               count(*) FILTER (WHERE m.begins) OVER (PARTITION BY m.subject, m.thing ORDER BY m.created_at) AS stretch
        FROM marked m),
    stretches AS (
        SELECT n.subject, min(n.created_at) AS begins, max(n.created_at) + span AS ends
        FROM numbered n GROUP BY n.subject, n.thing, n.stretch),
    turns AS (
        SELECT s.subject, s.begins AS at, 1 AS change FROM stretches s
        UNION ALL SELECT s.subject, s.ends, -1 FROM stretches s
        UNION ALL SELECT m.subject, m.created_at, 0 FROM marked m WHERE NOT m.begins),
    counts AS (
        SELECT t.subject, t.at, t.change,
               sum(t.change) OVER (PARTITION BY t.subject ORDER BY t.at, t.change ROWS UNBOUNDED PRECEDING) AS n
        FROM turns t)
    SELECT c.subject, max(c.n)::bigint, min(c.at), max(c.at) FROM counts c
    WHERE c.change >= 0 AND c.n > threshold AND c.at > since AND c.at <= until
    GROUP BY c.subject
$$;

-- A person with more than so many active sessions; what a client holds for offline access is no sign-in. A count can only
-- grow where a session begins: only people with a new one are counted, at that moment. They and those with an open alert
-- are counted at the end once more, so that the alert knows whether it is over. New sessions are found by their activity.
CREATE FUNCTION idp.detect_sessions(threshold bigint, since timestamptz, until timestamptz)
RETURNS TABLE (subject text, value bigint, first_at timestamptz, last_at timestamptz)
LANGUAGE sql STABLE SET search_path = pg_catalog AS $$
    WITH begun AS (
        SELECT s.user_id, s.created_at AS at FROM public.sessions s
        WHERE s.last_activity_at > since AND s.created_at > since AND s.created_at <= until AND s.client_id IS NULL),
    moments AS (
        SELECT b.user_id, b.at FROM begun b
        UNION SELECT b.user_id, until FROM begun b
        UNION SELECT a.subject::uuid, until FROM idp.alerts a WHERE a.rule = 'anomalous_sessions' AND a.closed_at IS NULL),
    counted AS (
        SELECT m.user_id, m.at, (SELECT count(*) FROM public.sessions s
                WHERE s.user_id = m.user_id AND s.client_id IS NULL AND s.created_at <= m.at AND s.expires_at > m.at
                  AND (s.is_active OR s.revoked_at > m.at)) AS n
        FROM moments m)
    SELECT c.user_id::text, max(c.n), min(c.at), max(c.at) FROM counted c WHERE c.n > threshold GROUP BY c.user_id
$$;

-- More than so many refused requests of one client within a span.
CREATE FUNCTION idp.detect_refusals(span interval, threshold bigint, since timestamptz, until timestamptz)
RETURNS TABLE (subject text, value bigint, first_at timestamptz, last_at timestamptz)
LANGUAGE sql STABLE SET search_path = pg_catalog AS $$
    SELECT w.client_id, max(w.n), min(w.created_at), max(w.created_at)
    FROM (SELECT d.client_id, d.created_at,
                 count(*) OVER (PARTITION BY d.client_id ORDER BY d.created_at
                     RANGE BETWEEN detect_refusals.span - interval '1 microsecond' PRECEDING AND CURRENT ROW) AS n
          FROM idp.denials d
          WHERE d.created_at > since - span AND d.created_at <= until AND d.client_id IS NOT NULL) w
    WHERE w.created_at > since AND w.n > threshold
    GROUP BY w.client_id
$$;

-- Logout messages that were given up, for each client.
CREATE FUNCTION idp.detect_lost_logouts(threshold bigint, since timestamptz, until timestamptz)
RETURNS TABLE (subject text, value bigint, first_at timestamptz, last_at timestamptz)
LANGUAGE sql STABLE SET search_path = pg_catalog AS $$
    SELECT d.client_id, count(*), min(d.abandoned_at), max(d.abandoned_at) FROM idp.logout_deliveries d
    WHERE d.abandoned_at > since AND d.abandoned_at <= until AND NOT d.not_applicable
    GROUP BY d.client_id HAVING count(*) > threshold
$$;

-- For how many minutes the oldest mail has been waiting, where that is longer than it should be.
CREATE FUNCTION idp.detect_waiting_mail(threshold bigint, until timestamptz)
RETURNS TABLE (subject text, value bigint, first_at timestamptz, last_at timestamptz)
LANGUAGE sql STABLE SET search_path = pg_catalog AS $$
    SELECT '', floor(extract(epoch FROM until - m.oldest) / 60)::bigint, until, until
    FROM (SELECT min(o.created_at) AS oldest FROM idp.mail_outbox o WHERE o.state = 'queued') m
    WHERE floor(extract(epoch FROM until - m.oldest) / 60) > threshold
$$;

-- For how many minutes the audit log has not been sealed, where it holds something to seal.
CREATE FUNCTION idp.detect_unsealed_audit(threshold bigint, until timestamptz)
RETURNS TABLE (subject text, value bigint, first_at timestamptz, last_at timestamptz)
LANGUAGE sql STABLE SET search_path = pg_catalog AS $$
    SELECT '', floor(extract(epoch FROM until - f.oldest) / 60)::bigint, until, until
    FROM (SELECT (SELECT l.created_at FROM public.audit_logs l
                  WHERE l.created_at >= coalesce((SELECT s.through_time FROM idp.audit_seals s ORDER BY s.number DESC LIMIT 1),
                                                 '-infinity') AND l.created_at <= until
                  ORDER BY l.created_at LIMIT 1) AS oldest) f
    WHERE floor(extract(epoch FROM until - f.oldest) / 60) > threshold
$$;

-- Signing keys whose use ends within so many hours and that have no successor of their algorithm. The value is the hours left.
CREATE FUNCTION idp.detect_ending_keys(hours bigint, until timestamptz)
RETURNS TABLE (subject text, value bigint, first_at timestamptz, last_at timestamptz)
LANGUAGE sql STABLE SET search_path = pg_catalog AS $$
    SELECT k.kid, greatest(0, floor(extract(epoch FROM k.retires_at - until) / 3600))::bigint, until, until
    FROM idp.signing_keys k
    WHERE k.key_use = 'sig' AND k.activates_at <= until AND k.removes_at > until
      AND k.retires_at < until + make_interval(hours => detect_ending_keys.hours::integer)
      AND NOT EXISTS (SELECT FROM idp.signing_keys n
                      WHERE n.algorithm = k.algorithm AND n.key_use = 'sig' AND n.retires_at > k.retires_at)
$$;

REVOKE ALL ON idp.alerts, idp.detection_progress FROM PUBLIC;
GRANT SELECT, INSERT, UPDATE, DELETE ON idp.alerts, idp.detection_progress TO identity_app;

INSERT INTO idp.schema_migrations (version, name) VALUES (10, '010_detection');
COMMIT;
