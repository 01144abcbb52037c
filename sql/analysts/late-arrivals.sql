-- Deliveries that arrived on a later day than their event's, by day and how many days late. Parameter: first dt.
select
  event_day,
  date_diff('day', cast(event_day as date), cast(substr(receivedat, 1, 10) as date)) as days_late,
  count(*) as deliveries
from events
where dt >= ? and substr(receivedat, 1, 10) > event_day
group by grouping sets ((1, 2), ())
order by 1, 2
