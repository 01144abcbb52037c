-- Deliveries that arrived on a later day than their event's, by day and how many days late. Parameter: first dt.
with late as (
  select
    event_day,
    date_diff('day', cast(event_day as date), cast(substr(receivedat, 1, 10) as date)) as days_late
  from events
  where dt >= ? and substr(receivedat, 1, 10) > event_day
)
select event_day, days_late, count(*) as deliveries
from late
group by grouping sets ((event_day, days_late), ())
order by event_day, days_late
